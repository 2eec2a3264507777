import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DownloadError } from "./failures/cli-error.ts";

export type RemoteFile = { name: string; url: string; sha256: string | null };
type Options = { path: string; signal: AbortSignal; onBytes: (count: number) => void };

/**
 * Writes a file from a signed URL, whole or not at all, and checks its SHA-256.
 *
 * @throws DownloadError, and what the file system says
 */
export const downloadFile = async (file: RemoteFile, { path, signal, onBytes }: Options): Promise<void> => {
  const unfinished = `${path}.part`;
  const hash = createHash("sha256");
  try {
    await pipeline(
      await openBody(file, signal),
      tap((chunk) => {
        hash.update(chunk);
        onBytes(chunk.byteLength);
      }),
      createWriteStream(unfinished),
      { signal },
    );
    checkHash(file, hash.digest("hex"));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    signal.throwIfAborted();
    throw error;
  }
};

/** Names the file and never its URL, which holds a signature. */
const openBody = async (
  { name, url }: RemoteFile,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> => {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new DownloadError(`'${name}' could not be fetched from ${new URL(url).origin}.`, { cause });
  });
  if (response.ok && response.body) return response.body;
  throw new DownloadError(`The object store answered ${response.status} for '${name}'.`);
};

const checkHash = ({ name, sha256 }: RemoteFile, actual: string): void => {
  if (sha256 === null || actual === sha256) return;
  throw new DownloadError(`'${name}' came with the SHA-256 ${actual} instead of ${sha256}.`);
};

const tap = (look: (chunk: Uint8Array) => void): Transform =>
  new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      look(chunk);
      done(null, chunk);
    },
  });
