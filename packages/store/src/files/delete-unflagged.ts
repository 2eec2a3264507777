import { and, eq, notExists } from "drizzle-orm";
import type { FlaggedFolder } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { type Marked, markDeleting } from "./mark-deleting.ts";
import { requestRemoval } from "./remove-deleted.ts";
import { visibleIn } from "./stored-file.ts";

export type Unflagged = {
  /** The first thousand. */
  names: string[];
  count: number;
  bytes: number;
};

const listedNames = 1000;

/**
 * Deletes every file of the folder whose flag is false, or with `dryRun` only says which they are. A flag that was
 * set to true before stays; one that is set afterwards finds no file. A file that a run has yet to read is gone for
 * readers at once, and its object when the run has read it. A name that is being uploaded stays.
 */
export const deleteUnflagged = async (
  store: Store,
  folder: FlaggedFolder,
  { dryRun }: { dryRun: boolean },
): Promise<Unflagged> => {
  if (dryRun) {
    const listed = { name: files.name, size: files.size };
    return summaryOf(
      await store.db
        .select(listed)
        .from(files)
        .where(and(visibleIn(folder), isUnflagged(store.db))),
    );
  }
  const marked = await markUnflagged(store, folder);
  requestRemoval(store, folder);
  return summaryOf(marked);
};

/** An upload that was accepted and is on its way to its place replaces the file: that one stays. */
const isUnflagged = (db: Executor) =>
  and(
    eq(files.used, false),
    notExists(
      db
        .select({ id: uploads.id })
        .from(uploads)
        .where(
          and(
            eq(uploads.userId, files.userId),
            eq(uploads.avatarId, files.avatarId),
            eq(uploads.kind, files.kind),
            eq(uploads.name, files.name),
            eq(uploads.state, "completing"),
          ),
        ),
    ),
  );

/** The first step of {@link deleteUnflagged}. */
export const markUnflagged = (store: Pick<Store, "db">, folder: FlaggedFolder): Promise<Marked[]> =>
  store.db.transaction((tx) => markDeleting(tx, folder, { deletion: "unflagged", which: isUnflagged(tx) }));

const summaryOf = (found: { name: string; size: number }[]): Unflagged => ({
  names: found
    .map(({ name }) => name)
    .sort()
    .slice(0, listedNames),
  count: found.length,
  bytes: found.reduce((sum, { size }) => sum + size, 0),
});
