import { createHash } from "node:crypto";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { eq, inArray } from "drizzle-orm";
import { isMissingReference } from "../database/failures.ts";
import type { FileScope } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { type ErasedKind, tombstones } from "../tables/index.ts";

export type Tombstone = { hash: string; kind: ErasedKind };

/** What stays of somebody who was erased: no id, and only who knows the id finds it. */
export const tombstoneOf = ({ userId, avatarId }: FileScope): Tombstone =>
  avatarId === null
    ? { kind: "user", hash: hashOf(`user/${userId}`) }
    : { kind: "avatar", hash: hashOf(`avatar/${userId}/${avatarId}`) };

/** No id holds a slash, so that no two scopes are one text. */
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Refuses whatever would bring back what was erased; a user's erasure is that of all his avatars.
 *
 * @throws LoraloomError `user_erased`, `avatar_erased`
 */
export const requireNotErased = async (db: Executor, scope: FileScope): Promise<void> => {
  const ofUser = tombstoneOf({ userId: scope.userId, avatarId: null });
  const hashes = [...new Set([ofUser.hash, tombstoneOf(scope).hash])];
  const found = await db.select().from(tombstones).where(inArray(tombstones.hash, hashes));
  const [first] = found.toSorted((one) => (one.kind === "user" ? -1 : 1));
  if (first) throw erasedError(scope, first);
};

/**
 * Adds rows of somebody who may be erased meanwhile.
 *
 * @throws LoraloomError `user_erased`, `avatar_erased`, and what the work throws
 */
export const unlessErased = async <Result>(
  db: Executor,
  scope: FileScope,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (isMissingReference(error)) await requireNotErased(db, scope);
    throw error;
  }
};

const erasedError = (
  { userId, avatarId }: FileScope,
  { kind, erasedAt }: typeof tombstones.$inferSelect,
): LoraloomError => {
  const what = kind === "user" ? `User '${userId}'` : `Avatar '${avatarId}'`;
  return new LoraloomError(`${kind}_erased`, `${what} was erased at ${erasedAt.toISOString()}.`, {
    details: { erasedAt: erasedAt.toISOString() },
  });
};

/** What {@link requireNotErased} throws. */
export const isErasedError = (error: unknown): boolean =>
  isLoraloomError(error, "user_erased") || isLoraloomError(error, "avatar_erased");

/** Whether a scope itself was erased. */
export const isErased = async (db: Executor, scope: FileScope): Promise<boolean> => {
  const { hash } = tombstoneOf(scope);
  const [found] = await db
    .select({ hash: tombstones.hash })
    .from(tombstones)
    .where(eq(tombstones.hash, hash));
  return found !== undefined;
};
