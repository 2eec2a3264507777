import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { getObject, type ObjectStore, putStream } from "@loraloom/store/objects";

/** An object and what it must hold: its size in bytes and its SHA-256 in hex. */
export type StoredFile = { key: string; size: number; sha256: string };

/**
 * Puts a local file of any size.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const putFile = async (
  objects: ObjectStore,
  { key, path, contentType }: { key: string; path: string; contentType?: string },
): Promise<StoredFile> => {
  const { size } = await stat(path);
  const hash = createHash("sha256");
  await putStream(objects, { key, contentType, size, body: hashing(createReadStream(path), hash) });
  return { key, size, sha256: hash.digest("hex") };
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
  await pipeline(hashing(stream, hash), createWriteStream(path));
  return hash.digest("hex");
};

async function* hashing(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
