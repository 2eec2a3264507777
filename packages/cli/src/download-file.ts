import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { DownloadError } from "./failures/cli-error.ts";

export type RemoteFile = { name: string; size: number; sha256: string };
type Source = {
  /** A signed URL made now: one lasts a quarter of an hour, and the files before this one may have taken longer. */
  link: () => Promise<string>;
  signal: AbortSignal;
};
type Options = Source & { path: string; onBytes: (count: number) => void };

/** How often a file that stops coming is asked for again without one new byte. */
const mostTries = 4;

/**
 * Writes a file from signed URLs, whole or not at all, and checks its SHA-256. A connection that breaks is taken up
 * where it ended.
 *
 * @throws DownloadError, and what `link` and the file system say
 */
export const downloadFile = async (
  file: RemoteFile,
  { path, onBytes, ...source }: Options,
): Promise<void> => {
  const unfinished = `${path}.part`;
  const hash = createHash("sha256");
  try {
    await pipeline(
      readBody(file, source),
      tap((chunk) => {
        hash.update(chunk);
        onBytes(chunk.byteLength);
      }),
      createWriteStream(unfinished),
      { signal: source.signal },
    );
    checkHash(file, hash.digest("hex"));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    source.signal.throwIfAborted();
    throw error;
  }
};

async function* readBody(file: RemoteFile, { link, signal }: Source): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let failures = 0;
  do {
    const url = await link();
    try {
      for await (const chunk of await openBody(file, { url, offset, signal })) {
        offset += chunk.byteLength;
        failures = 0;
        yield chunk;
      }
      if (offset < file.size)
        throw new DownloadError(`'${file.name}' ended at byte ${offset} of ${file.size}.`);
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (failures === mostTries) throw asDownloadError(file, error);
      await pause(Math.random() * 200 * 2 ** failures, undefined, { signal });
    }
  } while (offset < file.size);
}

type Request = { url: string; offset: number; signal: AbortSignal };

/** Names the file and never its URL, which holds a signature. */
const openBody = async (
  { name }: RemoteFile,
  { url, offset, signal }: Request,
): Promise<ReadableStream<Uint8Array>> => {
  const rest = offset > 0 && { headers: { range: `bytes=${offset}-` } };
  const response = await fetch(url, { signal, ...rest }).catch((cause: unknown) => {
    throw new DownloadError(`'${name}' could not be fetched from ${new URL(url).origin}.`, { cause });
  });
  const wanted = offset > 0 ? 206 : 200;
  if (response.status === wanted && response.body) return response.body;
  await response.body?.cancel();
  throw new DownloadError(`The object store answered ${response.status} for '${name}'.`);
};

const asDownloadError = ({ name }: RemoteFile, cause: unknown): DownloadError =>
  cause instanceof DownloadError
    ? cause
    : new DownloadError(`'${name}' broke off on its way from the object store.`, { cause });

const checkHash = ({ name, sha256 }: RemoteFile, actual: string): void => {
  if (actual === sha256) return;
  throw new DownloadError(`'${name}' came with the SHA-256 ${actual} instead of ${sha256}.`);
};

const tap = (look: (chunk: Uint8Array) => void): Transform =>
  new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      look(chunk);
      done(null, chunk);
    },
  });
