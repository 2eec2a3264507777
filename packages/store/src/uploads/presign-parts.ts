import { LoraloomError } from "@loraloom/errors";
import { eq } from "drizzle-orm";
import type { FileScope } from "../keys/index.ts";
import { bytesOfPart, type Multipart, partCount, presignPart } from "../objects/index.ts";
import type { Executor, Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { isSha256 } from "./check-upload.ts";
import { inSeconds, urlSeconds } from "./insert-uploads.ts";
import { isMultipart, lockUpload, type MultipartUpload, multipartOf, requireOpen } from "./upload-row.ts";

/** `sha256`: of the part's bytes, in hex. */
export type PartToSign = { number: number; sha256: string };
export type SignedPart = {
  number: number;
  /** Bytes. */
  size: number;
  url: string;
  /** To be sent as they are. */
  headers: Record<string, string>;
};
export type SignedParts = {
  parts: SignedPart[];
  /** When the URLs end; a part can be signed again. */
  expiresAt: Date;
};

/**
 * Signs PUTs of parts, each of exactly its bytes. A part's hash holds from the first time that it is signed: an
 * upload that is taken up again with a file that changed meanwhile never becomes a mix of both.
 *
 * @throws LoraloomError `bad_input`, `upload_hash_mismatch` (signed for other bytes before), `upload_not_found`,
 *   `upload_ended`, `upload_expired`, `upload_failed`
 */
export const presignParts = async (
  store: Store,
  scope: FileScope,
  { uploadId, parts }: { uploadId: string; parts: PartToSign[] },
): Promise<SignedParts> => {
  const { upload, multipart, expiresAt } = await store.db.transaction(async (tx) => {
    const opened = await lockUpload(tx, scope, uploadId);
    requireOpen(opened);
    if (!isMultipart(opened))
      throw new LoraloomError("bad_input", `Upload '${uploadId}' comes in one piece.`);
    const multipart = multipartOf(opened);
    if (!multipart) throw new LoraloomError("upload_not_found", `Upload '${uploadId}' was never begun.`);
    const hashes = checkHashes(opened, parts);
    return { upload: opened, multipart, expiresAt: await keepHashes(tx, uploadId, hashes) };
  });
  return {
    parts: await Promise.all(parts.map((part) => sign(store, { ...part, upload, multipart }))),
    expiresAt,
  };
};

/** Those kept so far and the new ones. */
const checkHashes = (upload: MultipartUpload, parts: PartToSign[]): Record<number, string> => {
  const count = partCount(upload);
  const hashes = new Map(
    Object.entries(upload.partHashes).map(([number, sha256]) => [Number(number), sha256]),
  );
  for (const { number, sha256 } of parts) {
    if (!Number.isInteger(number) || number < 1 || number > count) {
      throw new LoraloomError("bad_input", `There is no part ${number} of ${count}.`);
    }
    if (!isSha256(sha256))
      throw new LoraloomError("bad_input", `Part ${number} came without its SHA-256 in hex.`);
    const signed = hashes.get(number);
    if (signed !== undefined && signed !== sha256.toLowerCase()) throw otherBytes(upload, number);
    hashes.set(number, sha256.toLowerCase());
  }
  return Object.fromEntries(hashes);
};

const otherBytes = ({ id, name }: MultipartUpload, number: number): LoraloomError =>
  new LoraloomError(
    "upload_hash_mismatch",
    `Part ${number} of '${name}' was signed for other bytes before; a file that changed needs a new upload.`,
    { details: { uploadId: id, number } },
  );

const keepHashes = async (
  tx: Executor,
  uploadId: string,
  partHashes: Record<number, string>,
): Promise<Date> => {
  const [kept] = await tx
    .update(uploads)
    .set({ partHashes, urlsEndAt: inSeconds(urlSeconds) })
    .where(eq(uploads.id, uploadId))
    .returning({ urlsEndAt: uploads.urlsEndAt });
  if (!kept) throw new Error("A locked row is gone.");
  return kept.urlsEndAt;
};

const sign = async (
  store: Store,
  { upload, multipart, number, sha256 }: PartToSign & { upload: MultipartUpload; multipart: Multipart },
): Promise<SignedPart> => {
  const size = bytesOfPart(upload, number);
  const part = { ...multipart, number, size, sha256Hex: sha256, expiresIn: urlSeconds };
  return { number, size, ...(await presignPart(store.objects, part)) };
};
