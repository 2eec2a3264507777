import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { getObject, type ObjectStore, putObject } from "@loraloom/store/objects";

/** An object and what it must hold: its size in bytes and its SHA-256 in hex. */
export type StoredFile = { key: string; size: number; sha256: string };

/** Size in bytes and SHA-256 in hex of a local file. */
export const measureFile = async (path: string): Promise<{ size: number; sha256: string }> => {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest("hex") };
};

/** Puts a local file; the store refuses bytes that were changed on their way. @throws LoraloomError `storage_unavailable` */
export const putFile = async (
  objects: ObjectStore,
  { key, path, contentType }: { key: string; path: string; contentType?: string },
): Promise<StoredFile> => {
  const { size, sha256 } = await measureFile(path);
  await putObject(objects, { key, body: { path, size }, contentType, sha256Hex: sha256 });
  return { key, size, sha256 };
};

/**
 * Brings an object to a local file and checks its bytes.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const fetchFile = async (
  objects: ObjectStore,
  { key, sha256, path }: { key: string; sha256: string; path: string },
): Promise<"fetched" | "missing" | "different"> => {
  const object = await getObject(objects, { key });
  if (!object) return "missing";
  return (await writeHashed(object.stream, path)) === sha256 ? "fetched" : "different";
};

/** Writes a stream to a local file. Answers its SHA-256 in hex. */
export const writeHashed = async (stream: AsyncIterable<Uint8Array>, path: string): Promise<string> => {
  const hash = createHash("sha256");
  const hashing = async function* (pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  };
  await pipeline(stream, hashing, createWriteStream(path));
  return hash.digest("hex");
};
