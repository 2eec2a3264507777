import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import { ofScope } from "../files/in-folder.ts";
import { type FileScope, fileKey } from "../keys/index.ts";
import type { Multipart } from "../objects/index.ts";
import type { Executor } from "../store.ts";
import { uploads } from "../tables/index.ts";

export type Upload = typeof uploads.$inferSelect;
/** `isPast`: its time is over, whether a sweep has come by or not. */
export type ReadUpload = Upload & { isPast: boolean };
/** One whose file comes in parts. */
export type MultipartUpload = Upload & { partSize: number };

/** Kept beside an object that came in parts: by it an upload knows its own work again. */
export const ownerMetadata = (uploadId: string) => ({ upload: uploadId });

export const isMultipart = (upload: Upload): upload is MultipartUpload => upload.partSize !== null;

/**
 * The store's own upload; its parts become an object at the file's final place. `undefined` where a crash came before
 * its id was kept: nobody can have put a part then.
 */
export const multipartOf = (upload: Upload): Multipart | undefined =>
  upload.multipartId === null
    ? undefined
    : { key: fileKey(upload, upload.kind, upload.name), multipartId: upload.multipartId };

/** @throws LoraloomError `upload_not_found`, for somebody else's too */
export const readUpload = async (db: Executor, scope: FileScope, uploadId: string): Promise<ReadUpload> =>
  foundOf(uploadId, await selectUpload(db, scope, uploadId));

/** The same, and nobody changes it until the transaction ends. */
export const lockUpload = async (tx: Executor, scope: FileScope, uploadId: string): Promise<ReadUpload> =>
  foundOf(uploadId, await selectUpload(tx, scope, uploadId).for("update"));

const selectUpload = (db: Executor, scope: FileScope, uploadId: string) =>
  db
    .select({ upload: uploads, isPast: sql<boolean>`${uploads.expiresAt} <= now()` })
    .from(uploads)
    .where(and(eq(uploads.id, uploadId), ofScope(uploads, scope)));

const foundOf = (uploadId: string, [found]: { upload: Upload; isPast: boolean }[]): ReadUpload => {
  if (found) return { ...found.upload, isPast: found.isPast };
  throw new LoraloomError("upload_not_found", `There is no upload '${uploadId}'.`, {
    details: { uploadId },
  });
};

/** @throws LoraloomError `upload_ended`, `upload_failed`, `upload_expired` */
export const requireOpen = (upload: ReadUpload): void => {
  const { id, state } = upload;
  if (state === "failed") throw uploadFailed(upload);
  if (state === "aborted") throw new LoraloomError("upload_ended", `Upload '${id}' was aborted.`);
  if (state === "completing" || state === "completed") {
    throw new LoraloomError("upload_ended", `Upload '${id}' is completed and takes no more bytes.`);
  }
  if (state === "expired" || upload.isPast) {
    throw new LoraloomError("upload_expired", `Upload '${id}' expired at ${upload.expiresAt.toISOString()}.`);
  }
};

export const uploadFailed = (upload: Upload): LoraloomError =>
  new LoraloomError("upload_failed", `Upload '${upload.id}' of '${upload.name}' ended without a file.`);
