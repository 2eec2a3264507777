import { and, eq, gt } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { ofName } from "../files/in-folder.ts";
import { requestFlagProjection } from "../files/project-flags.ts";
import { nameLock } from "../files/stored-file.ts";
import type { Database, Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { commitUpload } from "./commit-upload.ts";
import { discardBytes, discardCopies } from "./discard-bytes.ts";
import { putInPlace } from "./put-in-place.ts";
import type { Upload } from "./upload-row.ts";

/**
 * Carries an accepted upload to its end: object, row, removal of what was staged. Each step can be
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
    await discardCopies(store, upload);
    if (await endIfReplaced(db, upload)) return;
    const etag = await putInPlace(store, upload);
    if (etag === undefined) await endWithoutFile(store, db, upload);
    else await commitUpload(db, upload, etag);
  });
  await removeStaged(store, upload);
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

/** Only bytes removed by another tool get here: ours stay until the file is committed. */
const endWithoutFile = async (store: Store, db: Database, upload: Upload): Promise<void> => {
  store.log.error({ uploadId: upload.id }, "an accepted upload's bytes are gone");
  await db.update(uploads).set({ state: "failed" }).where(eq(uploads.id, upload.id));
};

const removeStaged = async (store: Store, upload: Upload): Promise<void> => {
  await discardBytes(store, upload).catch((error) =>
    store.log.warn(
      { error, uploadId: upload.id },
      "a completed upload's staged bytes are still there; a side job removes them",
    ),
  );
};
