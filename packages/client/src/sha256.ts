import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { readBlob } from "./read-chunks.ts";

/** As much as is read into memory for the platform's own hash, which can't hash in chunks. */
const mostAtOnce = 64 * 1024 * 1024;

/**
 * SHA-256 as 64 hex digits: by `crypto.subtle`, which is several times as fast and leaves a page responsive,
 * or in JavaScript, chunk by chunk, where browsers withhold that from pages served without TLS.
 *
 * @throws the signal's reason
 */
export const sha256Hex = async (
  data: Blob | Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<string> => {
  signal?.throwIfAborted();
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return hashInChunks(data instanceof Blob ? data : new Blob([data]), signal);
  if (!(data instanceof Blob)) return bytesToHex(new Uint8Array(await subtle.digest("SHA-256", data)));
  return data.size > mostAtOnce ? hashInChunks(data, signal) : sha256Hex(await bytesOf(data), signal);
};

const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await blob.arrayBuffer());

const hashInChunks = async (blob: Blob, signal?: AbortSignal): Promise<string> => {
  const hash = sha256.create();
  for await (const chunk of readBlob(blob)) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return bytesToHex(hash.digest());
};
