import { LoraloomError } from "@loraloom/errors";
import { and, eq, gt } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { ofName } from "../files/in-folder.ts";
import { requestFlagProjection } from "../files/project-flags.ts";
import { nameLock } from "../files/stored-file.ts";
import { fileKey, uploadKey } from "../keys/index.ts";
import { copyObject, deleteObject, headObject } from "../objects/index.ts";
import type { Database, Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { commitUpload } from "./commit-upload.ts";
import type { Upload } from "./staged-object.ts";

/**
 * Carries an accepted upload to its end: copy, row, removal of the staged object. Each step can be
 * repeated, by whoever comes; an upload that is not `completing` any more is left alone.
 *
 * @returns the id of the file that it became
 * @throws LoraloomError `storage_unavailable`
 */
export const finishUpload = async (store: Store, uploadId: string): Promise<string | null> => {
  const [upload] = await store.db.select().from(uploads).where(eq(uploads.id, uploadId));
  if (!upload) return null;
  await withAdvisoryLock(store, nameLock(upload, upload), async (db) => {
    if (!(await isCompleting(db, uploadId))) return;
    if (await endIfReplaced(db, upload)) return;
    const etag = await copyToPlace(store, upload);
    if (etag === undefined) await endWithoutFile(store, db, upload);
    else await commitUpload(db, upload, etag);
  });
  await removeStaged(store, uploadId);
  requestFlagProjection(store, upload);
  return readFileId(store, uploadId);
};

const readFileId = async (store: Store, uploadId: string): Promise<string | null> => {
  const [upload] = await store.db
    .select({ fileId: uploads.fileId })
    .from(uploads)
    .where(eq(uploads.id, uploadId));
  return upload?.fileId ?? null;
};

const isCompleting = async (db: Database, uploadId: string): Promise<boolean> =>
  (await db.$count(uploads, and(eq(uploads.id, uploadId), eq(uploads.state, "completing")))) > 0;

/** An upload that was accepted later and is there already wins: late work must not bring old bytes back. */
const endIfReplaced = async (db: Database, upload: Upload): Promise<boolean> => {
  if (!upload.completingAt) return false;
  const [later] = await db
    .select({ fileId: uploads.fileId })
    .from(uploads)
    .where(
      and(
        ofName(uploads, upload),
        eq(uploads.state, "completed"),
        gt(uploads.completingAt, upload.completingAt),
      ),
    )
    .limit(1);
  if (!later) return false;
  await db.update(uploads).set({ state: "completed", fileId: later.fileId }).where(eq(uploads.id, upload.id));
  return true;
};

/** Answers with the final object's ETag, or `undefined` where the staged one is gone. */
const copyToPlace = async (store: Store, upload: Upload): Promise<string | undefined> => {
  const from = uploadKey(upload.id);
  const head = await headObject(store.objects, from);
  if (!head) return undefined;
  const to = fileKey(upload, upload.kind, upload.name);
  const answer = await copyObject(store.objects, { from, to, ifMatch: head.etag });
  if (answer === "missing") return undefined;
  if (answer === "conflict") {
    throw new LoraloomError(
      "storage_unavailable",
      `The bytes of upload '${upload.id}' were put again meanwhile.`,
    );
  }
  return answer.etag;
};

/** Only an object removed by another tool gets here: ours stays until the file is committed. */
const endWithoutFile = async (store: Store, db: Database, upload: Upload): Promise<void> => {
  store.log.error({ uploadId: upload.id }, "an accepted upload's object is gone");
  await db.update(uploads).set({ state: "failed" }).where(eq(uploads.id, upload.id));
};

const removeStaged = async (store: Store, uploadId: string): Promise<void> => {
  await deleteObject(store.objects, { key: uploadKey(uploadId) }).catch((error) =>
    store.log.warn(
      { error, uploadId },
      "a completed upload's staged object is still there; a side job removes it",
    ),
  );
};
