import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { type AvatarScope, checkFileName, fileKey } from "../keys/index.ts";
import { deleteObject, headObject } from "../objects/index.ts";
import type { Database, Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { nextRevision } from "./flag-revision.ts";
import { ofName } from "./of-avatar.ts";
import { requestFlagProjection } from "./project-flags.ts";
import { type FileName, nameLock, type StoredFile, visibleIn } from "./stored-file.ts";

/**
 * Deletes a file. From here on nobody sees it; where its object can't be removed at once, a side job
 * carries that to its end.
 *
 * @throws LoraloomError `file_not_found`, `bad_file_name`
 */
export const deleteFile = async (
  store: Store,
  scope: AvatarScope,
  { kind, name }: FileName,
): Promise<void> => {
  const file = await markDeleting(store, scope, { kind, name: checkFileName(name) });
  await removeDeletedFile(store, file.id).catch((error) =>
    store.log.warn(
      { error, fileId: file.id },
      "a deleted file's object is still there; a side job removes it",
    ),
  );
};

/** The name stays in the dictionary, as false, until its object is gone. */
export const markDeleting = (store: Store, scope: AvatarScope, file: FileName): Promise<StoredFile> =>
  store.db.transaction(async (tx) => {
    const rev = await nextRevision(tx, scope);
    const [marked] = await tx
      .update(files)
      .set({ state: "deleting", used: false, flagRev: rev, updatedAt: sql`now()` })
      .where(and(visibleIn(scope, file.kind), eq(files.name, file.name)))
      .returning();
    if (!marked) {
      throw new LoraloomError("file_not_found", `There is no file '${file.name}'.`, { details: { ...file } });
    }
    // An earlier upload that a crash left half-way must not bring the file back.
    await tx
      .update(uploads)
      .set({ state: "failed" })
      .where(and(ofName(uploads, { ...scope, ...file }), eq(uploads.state, "completing")));
    return marked;
  });

/**
 * Removes the object and the row of a file marked for deletion; a file that an upload took over
 * meanwhile is left alone.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const removeDeletedFile = async (store: Store, fileId: string): Promise<void> => {
  const [file] = await store.db.select().from(files).where(eq(files.id, fileId));
  if (!file) return;
  await withAdvisoryLock(store, nameLock(file, file), async (db) => {
    if (!(await isStillDeleting(db, fileId))) return;
    await removeObject(store, fileKey(file, file.kind, file.name));
    await removeRow(db, file);
  });
  requestFlagProjection(store, file);
};

const deleting = (fileId: string) => and(eq(files.id, fileId), eq(files.state, "deleting"));

const isStillDeleting = async (db: Database, fileId: string): Promise<boolean> =>
  (await db.$count(files, deleting(fileId))) > 0;

/** Only the object that was seen under the lock: a paused process must not remove a newer one. */
const removeObject = async (store: Store, key: string): Promise<void> => {
  const head = await headObject(store.objects, key);
  if (!head) return;
  if ((await deleteObject(store.objects, { key, ifMatch: head.etag })) === "deleted") return;
  throw new LoraloomError(
    "storage_unavailable",
    `'${key}' was written by another tool while it was deleted.`,
  );
};

const removeRow = async (db: Database, file: StoredFile): Promise<void> => {
  await db.transaction(async (tx) => {
    await nextRevision(tx, file);
    await tx.delete(files).where(deleting(file.id));
  });
};
