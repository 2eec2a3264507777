import { sql } from "drizzle-orm";
import { ensureAvatar, ensureScope } from "../access/avatars.ts";
import { prepared } from "../database/prepared.ts";
import { type FlaggedFolder, type Folder, flaggedFolderOf } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { avatarFlags } from "../tables/index.ts";
import { ofGivenFolder } from "./in-folder.ts";

/** What was due before stays due since then. */
const next = {
  rev: sql`${avatarFlags.rev} + 1`,
  dueAt: sql`case when ${avatarFlags.writtenRev} < ${avatarFlags.rev} then ${avatarFlags.dueAt} else now() end`,
};

/**
 * Takes a folder's next revision, which makes its dictionary due; 0 for a folder without flags. Every transaction
 * that changes files takes it first: in a flagged folder they queue here and can't lock each other out further on.
 * What takes it is sent before anything is waited for.
 */
export const nextRevision = async (tx: Executor, folder: Folder): Promise<number> => {
  const flagged = flaggedFolderOf(folder);
  if (flagged) return takeRevision(tx, flagged);
  await ensureScope({ db: tx }, folder);
  return 0;
};

const takeRevision = async (tx: Executor, folder: FlaggedFolder): Promise<number> => {
  const [taken] = await raiseRow(tx, folder);
  return taken?.rev ?? (await firstRevision(tx, folder));
};

const raiseRow = prepared<{ rev: number }>(
  "next-flag-revision",
  sql`
    update ${avatarFlags} set rev = ${next.rev}, due_at = ${next.dueAt} where ${ofGivenFolder}
    returning rev::float8 as rev`,
);

/** Somebody else may begin at the same moment. */
const firstRevision = async (tx: Executor, { userId, avatarId, kind }: FlaggedFolder): Promise<number> => {
  await ensureAvatar({ db: tx }, { userId, avatarId });
  const [row] = await tx
    .insert(avatarFlags)
    .values({ userId, avatarId, kind, rev: 1 })
    .onConflictDoUpdate({ target: [avatarFlags.userId, avatarFlags.avatarId, avatarFlags.kind], set: next })
    .returning({ rev: avatarFlags.rev });
  if (!row) throw new Error("An upsert answered with no row.");
  return row.rev;
};
