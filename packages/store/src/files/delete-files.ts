import { eq } from "drizzle-orm";
import { checkFileName, type FileScope, type Folder } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { checkNames, requireAll, visibleNames } from "./find-files.ts";
import { type Marked, markDeleting } from "./mark-deleting.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { removeDeletedFile, requestRemoval } from "./remove-deleted.ts";
import { type FileName, filesNotFound } from "./stored-file.ts";

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
  requestRemoval(store, folder);
  return checked;
};
