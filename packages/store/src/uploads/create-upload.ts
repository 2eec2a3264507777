import { eq } from "drizzle-orm";
import { type FileScope, fileKey, uploadKey } from "../keys/index.ts";
import { partCount, partSizeFor, presignPut, startMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { type CheckedUpload, checkUpload, type UploadInput } from "./check-upload.ts";
import { insertUpload, urlSeconds } from "./insert-uploads.ts";
import { ownerMetadata } from "./upload-row.ts";

export type PutUpload = {
  uploadId: string;
  method: "put";
  url: string;
  /** To be sent as they are. */
  headers: Record<string, string>;
  /** When the URL ends. */
  expiresAt: Date;
};
export type PartsUpload = {
  uploadId: string;
  method: "multipart";
  /** Bytes of every part but the last one. */
  partSize: number;
  /** How many there are. */
  parts: number;
  /** Until when it can be completed. */
  expiresAt: Date;
};
export type CreatedUpload = PutUpload | PartsUpload;

/** A row outlives its URL, so that a slow PUT can still be completed. */
const putSeconds = 60 * 60;
/** 5 GiB over a slow line, or taken up the next morning. */
const partsSeconds = 24 * 60 * 60;

/**
 * Begins an upload: one presigned PUT that takes exactly these bytes, or above 64 MiB parts that are signed one by
 * one. Nobody sees anything of it before it is completed.
 *
 * @throws LoraloomError `bad_file_name`, `too_large`, `too_many_files`, `limit_reached`, `bad_input`, `storage_unavailable`
 */
export const createUpload = async (
  store: Store,
  scope: FileScope,
  input: UploadInput,
): Promise<CreatedUpload> => {
  const upload = checkUpload(input, store.limits);
  return upload.sha256 === null
    ? beginParts(store, scope, upload)
    : beginPut(store, scope, { ...upload, sha256: upload.sha256 });
};

const beginPut = async (
  store: Store,
  scope: FileScope,
  upload: CheckedUpload & { sha256: string },
): Promise<PutUpload> => {
  const { id: uploadId, urlsEndAt: expiresAt } = await store.uploadRows("puts", {
    ...scope,
    ...upload,
    seconds: putSeconds,
  });
  const { url, headers } = await presignPut(store.objects, {
    key: uploadKey(uploadId),
    contentType: upload.contentType,
    size: upload.size,
    sha256Hex: upload.sha256,
    expiresIn: urlSeconds,
  });
  return { uploadId, method: "put", url, headers, expiresAt };
};

/**
 * The row first: what a crash leaves in the store then has a row by which a sweep finds it. The parts go to the
 * file's final place, where nobody sees them before they become an object: no second copy of so many bytes.
 */
const beginParts = async (store: Store, scope: FileScope, upload: CheckedUpload): Promise<PartsUpload> => {
  const partSize = partSizeFor(upload.size);
  const row = await insertUpload(store, { ...scope, ...upload, partSize, seconds: partsSeconds });
  const multipartId = await startMultipart(store.objects, {
    key: fileKey(scope, upload.kind, upload.name),
    contentType: upload.contentType,
    metadata: ownerMetadata(row.id),
  });
  await store.db.update(uploads).set({ multipartId }).where(eq(uploads.id, row.id));
  const parts = partCount({ size: upload.size, partSize });
  return { uploadId: row.id, method: "multipart", partSize, parts, expiresAt: row.expiresAt };
};
