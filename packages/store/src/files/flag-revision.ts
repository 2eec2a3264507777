import { sql } from "drizzle-orm";
import { ensureAvatar } from "../access/avatars.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { avatarFlags } from "../tables/index.ts";

/** What was due before stays due since then. */
const sinceWhen = sql`case when ${avatarFlags.writtenRev} < ${avatarFlags.rev} then ${avatarFlags.dueAt} else now() end`;

/**
 * Takes the avatar's next revision, which makes its `metadata.json` due. Every transaction that
 * changes files takes it first: they queue here and can't lock each other out further on.
 */
export const nextRevision = async (tx: Executor, scope: AvatarScope): Promise<number> => {
  await ensureAvatar({ db: tx }, scope);
  const [row] = await tx
    .insert(avatarFlags)
    .values({ userId: scope.userId, avatarId: scope.avatarId, rev: 1 })
    .onConflictDoUpdate({
      target: [avatarFlags.userId, avatarFlags.avatarId],
      set: { rev: sql`${avatarFlags.rev} + 1`, dueAt: sinceWhen },
    })
    .returning({ rev: avatarFlags.rev });
  if (!row) throw new Error("An upsert answered with no row.");
  return row.rev;
};
