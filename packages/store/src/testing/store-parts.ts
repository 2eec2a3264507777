import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import type { FileKind, FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { createUpload, maxPutBytes, type PartsUpload, presignParts } from "../uploads/index.ts";
import { sha256Of } from "./store-file.ts";

/** The least that a store takes for any part but the last one. */
const leastPartSize = 5 * 1024 * 1024;

/** Two parts, other bytes each time; the last line's end is their end. */
export const twoParts = (): Buffer<ArrayBuffer> => {
  const letters = randomBytes(leastPartSize / 2 + 5).toString("hex");
  return Buffer.from(`${letters}\n`);
};

export type FileInParts = { kind?: FileKind; name: string; body: Buffer<ArrayBuffer> };

/**
 * Begins an upload in parts. It is announced with more than fits into one PUT; then its row is made to say what the
 * body has, in the smallest parts there are: few bytes do for a test.
 */
export const beginParts = async (store: Store, scope: FileScope, file: FileInParts): Promise<PartsUpload> => {
  const { kind = "training_data", name, body } = file;
  const upload = await createUpload(store, scope, {
    kind,
    name,
    size: maxPutBytes + 1,
    contentType: "application/jsonl",
  });
  if (upload.method !== "multipart") throw new Error("A large file is to come in one piece.");
  const plan = { size: body.length, partSize: leastPartSize };
  await store.db.update(uploads).set(plan).where(eq(uploads.id, upload.uploadId));
  return { ...upload, partSize: leastPartSize, parts: Math.ceil(body.length / leastPartSize) };
};

/** The bytes of one part. */
export const partOf = (
  { partSize }: PartsUpload,
  body: Buffer<ArrayBuffer>,
  number: number,
): Buffer<ArrayBuffer> => body.subarray((number - 1) * partSize, number * partSize);

/** Signs one part for these bytes. */
export const signPart = async (
  store: Store,
  scope: FileScope,
  { uploadId, number, bytes }: { uploadId: string; number: number; bytes: Uint8Array },
) => {
  const part = { number, sha256: sha256Of(bytes) };
  const { parts } = await presignParts(store, scope, { uploadId, parts: [part] });
  const [signed] = parts;
  if (!signed) throw new Error("One part was to be signed and none was.");
  return signed;
};

export type SentParts = {
  upload: PartsUpload;
  body: Buffer<ArrayBuffer>;
  /** All of them unless given. */
  numbers?: number[];
};

/** Signs and sends parts as a client does. */
export const putParts = async (
  store: Store,
  scope: FileScope,
  { upload, body, numbers }: SentParts,
): Promise<void> => {
  for (const number of numbers ?? Array.from({ length: upload.parts }, (_, index) => index + 1)) {
    const bytes = partOf(upload, body, number);
    const { url, headers } = await signPart(store, scope, { uploadId: upload.uploadId, number, bytes });
    const answer = await fetch(url, { method: "PUT", headers, body: bytes });
    if (!answer.ok) throw new Error(`Part ${number} was answered with ${answer.status}`);
  }
};
