import type { FileKind, FileScope } from "../keys/index.ts";
import { partCount } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { UploadState } from "../tables/index.ts";
import { storedParts } from "./stored-parts.ts";
import { readUpload } from "./upload-row.ts";

export type UploadProgress = {
  uploadId: string;
  kind: FileKind;
  name: string;
  /** Bytes. */
  size: number;
  contentType: string;
  state: UploadState;
  method: "put" | "multipart";
  /** Of a multipart upload; null of a put. */
  partSize: number | null;
  parts: number | null;
  createdAt: Date;
  /** Until when it can be completed. */
  expiresAt: Date;
};

/** @throws LoraloomError `upload_not_found` */
export const getUpload = async (
  store: Store,
  scope: FileScope,
  uploadId: string,
): Promise<UploadProgress> => {
  const upload = await readUpload(store.db, scope, uploadId);
  const { kind, name, size, contentType, partSize, createdAt, expiresAt } = upload;
  const isOver = upload.state === "open" && upload.isPast;
  return {
    uploadId,
    ...{ kind, name, size, contentType, partSize, createdAt, expiresAt },
    state: isOver ? "expired" : upload.state,
    method: partSize === null ? "put" : "multipart",
    parts: partSize === null ? null : partCount({ size, partSize }),
  };
};

/** A part that the store has, wholly, and the SHA-256 that it was signed for. */
export type ReceivedPart = { number: number; size: number; sha256: string };

/**
 * The parts that came so far, by what the store says: the others are still to be sent. None of an upload that has
 * ended, or that comes in one piece.
 *
 * @throws LoraloomError `upload_not_found`, `storage_unavailable`
 */
export const listReceivedParts = async (
  store: Store,
  scope: FileScope,
  uploadId: string,
): Promise<ReceivedPart[]> => {
  const upload = await readUpload(store.db, scope, uploadId);
  return ((await storedParts(store, upload)) ?? []).map(({ number, size, sha256Hex }) => ({
    number,
    size,
    sha256: sha256Hex,
  }));
};
