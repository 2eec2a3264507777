import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, gt, not } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { eachAtOnce } from "../each-at-once.ts";
import { type Folder, fileKey } from "../keys/index.ts";
import { deleteObject, headObject } from "../objects/index.ts";
import type { Database, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { adoptUnderLock } from "./adopt-object.ts";
import { nextRevision } from "./flag-revision.ts";
import { ofFolder } from "./in-folder.ts";
import { neededByRun } from "./needed-by-run.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { nameLock, type StoredFile } from "./stored-file.ts";

/** Each holds a connection to the database while it waits for the store. */
const atOnce = 4;
const batch = 500;

/** Asks for {@link removeDeletedFiles} without waiting for it. */
export const requestRemoval = (store: Store, folder: Folder): void => {
  requestFlagProjection(store, folder);
  const { userId, avatarId, kind } = folder;
  store.background.request(`remove:${JSON.stringify([userId, avatarId, kind])}`, () =>
    removeDeletedFiles(store, folder),
  );
};

/** Removes what {@link removeDeletedFile} removes, for all marked files of a folder. */
export const removeDeletedFiles = async (store: Store, folder: Folder): Promise<void> => {
  for (let after = ""; ; ) {
    const ids = await markedIn(store, folder, after);
    await eachAtOnce(ids, { atOnce, work: (id) => removeDeletedFile(store, id) });
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
  }
};

const markedIn = async ({ db }: Store, folder: Folder, after: string): Promise<string[]> => {
  const found = await db
    .select({ id: files.id })
    .from(files)
    .where(and(ofFolder(files, folder), eq(files.state, "deleting"), gt(files.id, after)))
    .orderBy(asc(files.id))
    .limit(batch);
  return found.map(({ id }) => id);
};

/**
 * Removes the object and the row of a file marked for deletion. A file that an upload took over meanwhile is left
 * alone, and one that a run has yet to read waits for it.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const removeDeletedFile = async (store: Store, fileId: string): Promise<void> => {
  const [file] = await store.db.select().from(files).where(removable(store.db, fileId));
  if (!file) return;
  await withAdvisoryLock(store, nameLock(file, file), async (db) => {
    if ((await db.$count(files, removable(db, fileId))) === 0) return;
    if (await removeObject(store, file)) await removeRow(db, file);
    else await adoptUnderLock(store, db, file);
  });
  requestFlagProjection(store, file);
};

const isMarked = (fileId: string) => and(eq(files.id, fileId), eq(files.state, "deleting"));

const removable = (db: Database, fileId: string) => and(isMarked(fileId), not(neededByRun(db)));

/**
 * Removes the object if it is the one that was deleted. What another tool has put there since goes too where the
 * file was named, but only as it was seen under the lock: a paused process must not remove a newer one.
 *
 * @returns false where there is another tool's object that stays
 */
const removeObject = async (store: Store, file: StoredFile): Promise<boolean> => {
  const key = fileKey(file, file.kind, file.name);
  if ((await deleteObject(store.objects, { key, ifMatch: file.etag })) === "deleted") return true;
  if (file.deletion === "unflagged") return false;
  const head = await headObject(store.objects, key);
  if (!head || (await deleteObject(store.objects, { key, ifMatch: head.etag })) === "deleted") return true;
  throw new LoraloomError(
    "storage_unavailable",
    `'${key}' was written by another tool while it was deleted.`,
  );
};

const removeRow = async (db: Database, file: StoredFile): Promise<void> => {
  await db.transaction(async (tx) => {
    await nextRevision(tx, file);
    await tx.delete(files).where(isMarked(file.id));
  });
};
