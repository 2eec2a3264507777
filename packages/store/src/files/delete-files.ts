import { eq, sql } from "drizzle-orm";
import { checkFileName, type FileScope, type FlaggedFolder, type Folder } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { checkNames, requireAll, visibleNames } from "./find-files.ts";
import { type Marked, markDeleting } from "./mark-deleting.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { removeDeletedFile, removeDeletedFiles } from "./remove-deleted.ts";
import { type FileName, filesNotFound, visibleIn } from "./stored-file.ts";

/**
 * Deletes a file. From here on nobody sees it; where its object can't be removed at once, a side job
 * carries that to its end.
 *
 * @throws LoraloomError `file_not_found`, `bad_file_name`
 */
export const deleteFile = async (store: Store, scope: FileScope, file: FileName): Promise<void> => {
  const { id } = await markNamed(store, scope, file);
  requestFlagProjection(store, { ...scope, kind: file.kind });
  await removeDeletedFile(store, id).catch((error) =>
    store.log.warn({ error, fileId: id }, "a deleted file's object is still there; a side job removes it"),
  );
};

/** The first step of {@link deleteFile}. */
export const markNamed = async (
  store: Pick<Store, "db">,
  scope: FileScope,
  { kind, name }: FileName,
): Promise<Marked> => {
  const checked = checkFileName(name);
  const named = { deletion: "named", which: eq(files.name, checked) } as const;
  const [marked] = await store.db.transaction((tx) => markDeleting(tx, { ...scope, kind }, named));
  if (!marked) throw filesNotFound(kind, [checked]);
  return marked;
};

/**
 * Deletes 1 to 10,000 files, all or none. From here on nobody sees them; their objects go in the background.
 *
 * @returns the names, as they were stored
 * @throws LoraloomError `file_not_found` naming the missing ones, `bad_file_name`, `bad_input`
 */
export const deleteFiles = async (store: Store, folder: Folder, names: string[]): Promise<string[]> => {
  const checked = checkNames(names);
  await store.db.transaction(async (tx) => {
    const which = visibleNames(folder, checked);
    requireAll(folder, checked, await markDeleting(tx, folder, { deletion: "named", which }));
  });
  removeInBackground(store, folder);
  return checked;
};

export type Unflagged = {
  /** The first ones, in the order of their bytes. */
  names: string[];
  count: number;
  bytes: number;
};

const listedNames = 1000;

/**
 * Deletes every file of the folder whose flag is false, or with `dryRun` only says which they are. A flag that was
 * set to true before stays; one that is set afterwards finds no file. A file that a run has yet to read is gone for
 * readers at once, and its object when the run has read it.
 */
export const deleteUnflagged = async (
  store: Store,
  folder: FlaggedFolder,
  { dryRun }: { dryRun: boolean },
): Promise<Unflagged> => {
  const which = eq(files.used, false);
  if (dryRun)
    return summaryOf(
      await store.db
        .select(listed)
        .from(files)
        .where(sql`${visibleIn(folder)} and ${which}`),
    );
  const marked = await markUnflagged(store, folder);
  removeInBackground(store, folder);
  return summaryOf(marked);
};

const listed = { name: files.name, size: files.size };

/** The first step of {@link deleteUnflagged}. */
export const markUnflagged = (store: Pick<Store, "db">, folder: FlaggedFolder): Promise<Marked[]> =>
  store.db.transaction((tx) =>
    markDeleting(tx, folder, { deletion: "unflagged", which: eq(files.used, false) }),
  );

const summaryOf = (found: { name: string; size: number }[]): Unflagged => ({
  names: found
    .map(({ name }) => name)
    .sort()
    .slice(0, listedNames),
  count: found.length,
  bytes: found.reduce((sum, { size }) => sum + size, 0),
});

const removeInBackground = (store: Store, folder: Folder): void => {
  requestFlagProjection(store, folder);
  const { userId, avatarId, kind } = folder;
  store.background.request(`remove:${JSON.stringify([userId, avatarId, kind])}`, () =>
    removeDeletedFiles(store, folder),
  );
};
