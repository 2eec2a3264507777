import { eq, sql } from "drizzle-orm";
import { ensureAvatar } from "../access/avatars.ts";
import { forgetTokenCounts } from "../files/count-tokens.ts";
import type { AvatarScope } from "../keys/index.ts";
import { adapters } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import type { Adapter } from "./lock-adapter.ts";

/**
 * Makes an avatar's adapter where there is none or a deleted one, and locks its row. It takes a `publish_seq`, so
 * that `current.json` tells of it before its first version.
 *
 * @returns `undefined` where the avatar has one
 */
export const activateAdapter = async (
  tx: Transaction,
  scope: AvatarScope,
  baseModel: string,
): Promise<Adapter | undefined> => {
  await ensureAvatar({ db: tx }, scope);
  const { userId, avatarId } = scope;
  const state = "active";
  const publishSeq = sql`nextval('publish_seq')`;
  const [adapter] = await tx
    .insert(adapters)
    .values({ userId, avatarId, baseModel, state, publishSeq })
    .onConflictDoUpdate({
      target: [adapters.userId, adapters.avatarId],
      set: { state, baseModel, publishSeq, createdAt: sql`now()`, updatedAt: sql`now()` },
      setWhere: eq(adapters.state, "deleted"),
    })
    .returning();
  if (adapter) await forgetTokenCounts(tx, scope, baseModel);
  return adapter;
};
