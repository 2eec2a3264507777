import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { readBlob } from "./read-chunks.ts";

/**
 * SHA-256 of a blob as 64 hex digits, read in chunks. In JavaScript rather than by `crypto.subtle`, which
 * browsers withhold from pages served without TLS and which cannot hash in chunks.
 */
export const sha256Hex = async (blob: Blob, signal?: AbortSignal): Promise<string> => {
  const hash = sha256.create();
  for await (const chunk of readBlob(blob)) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return bytesToHex(hash.digest());
};
