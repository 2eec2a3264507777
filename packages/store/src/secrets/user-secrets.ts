import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { ensureUser } from "../access/avatars.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { userSecrets } from "../tables/index.ts";
import { sealSecret } from "./sealed-secret.ts";

/** What a user can give us: a token of Hugging Face, and a key of Weights & Biases. */
export const userSecretNames = ["hf-token", "wandb-key"] as const;
export type UserSecretName = (typeof userSecretNames)[number];
/** What is told of a secret: never any of it. */
export type ToldSecret = { name: string; setAt: Date };

type Place = { userId: string; name: UserSecretName };

const told = { name: userSecrets.name, setAt: userSecrets.setAt };

/**
 * Keeps a secret of a user, sealed; one of that name is replaced.
 *
 * @throws LoraloomError `master_key_unusable`, and what was there stays; `user_erased`
 */
export const setUserSecret = async (
  store: Store,
  { userId, name }: Place,
  value: string,
): Promise<ToldSecret> => {
  const id = newId();
  const sealed = await sealSecret(store.masterKeys, { userId, name, id }, value);
  await ensureUser(store, userId);
  const [set] = await store.db
    .insert(userSecrets)
    .values({ userId, name, id, sealed })
    .onConflictDoUpdate({
      target: [userSecrets.userId, userSecrets.name],
      set: { id, sealed, setAt: sql`now()` },
    })
    .returning(told);
  if (!set) throw new Error("An insert answered with no row.");
  return set;
};

/** Which secrets a user has. */
export const listUserSecrets = ({ db }: Store, userId: string): Promise<ToldSecret[]> =>
  db.select(told).from(userSecrets).where(eq(userSecrets.userId, userId)).orderBy(asc(userSecrets.name));

/** @throws LoraloomError `secret_not_found` */
export const deleteUserSecret = async ({ db }: Store, place: Place): Promise<ToldSecret> => {
  const [deleted] = await db.delete(userSecrets).where(ofPlace(place)).returning(told);
  if (deleted) return deleted;
  throw new LoraloomError("secret_not_found", `User '${place.userId}' has no secret '${place.name}'.`, {
    details: { name: place.name },
  });
};

const ofPlace = ({ userId, name }: Place): SQL | undefined =>
  and(eq(userSecrets.userId, userId), eq(userSecrets.name, name));
