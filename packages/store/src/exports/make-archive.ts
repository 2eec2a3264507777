import { createHash, type Hash } from "node:crypto";
import { LoraloomError } from "@loraloom/errors";
import { makeZip, predictLength } from "client-zip";
import type { Version } from "../adapters/version.ts";
import { adapterKeys } from "../keys/index.ts";
import { getObject, headObject, putStream } from "../objects/index.ts";
import type { Store } from "../store.ts";

/** Of a version's files the manifest alone has no hash of its own anywhere. */
type Entry = { name: string; size: number; key: string; sha256: string | undefined };
export type Archive = { size: number; sha256: string };

const manifestName = "manifest.json";

/**
 * Writes a version's files and its manifest into one zip archive, stored and not compressed: weights don't get
 * smaller. Bytes go through this process in pieces and are checked on their way.
 *
 * @throws LoraloomError `corrupt_adapter`, `storage_unavailable`
 */
export const makeArchive = async (store: Store, version: Version, key: string): Promise<Archive> => {
  const entries = await entriesOf(store, version);
  const size = Number(predictLength(entries.map(({ name, size }) => ({ name, size }))));
  const hash = createHash("sha256");
  const body = hashing(makeZip(inputsOf(store, version, entries)), hash);
  await putStream(store.objects, { key, size, body, contentType: "application/zip" });
  return { size, sha256: hash.digest("hex") };
};

const entriesOf = async (store: Store, version: Version): Promise<Entry[]> => {
  const keys = adapterKeys(version);
  const key = keys.versionManifest(version.id);
  const manifest = await headObject(store.objects, key);
  if (!manifest) throw corrupt(key, "is gone");
  const files = version.files.map((file) => ({ ...file, key: keys.versionFile(version.id, file.name) }));
  return [...files, { name: manifestName, size: manifest.size, key, sha256: undefined }];
};

async function* inputsOf(store: Store, { createdAt }: Version, entries: Entry[]) {
  for (const entry of entries)
    yield { name: entry.name, size: entry.size, lastModified: createdAt, input: readChecked(store, entry) };
}

async function* readChecked(store: Store, { key, sha256 }: Entry): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const object = await getObject(store.objects, { key });
  if (!object) throw corrupt(key, "is gone");
  const hash = createHash("sha256");
  for await (const piece of object.stream) {
    hash.update(piece);
    yield new Uint8Array(piece);
  }
  if (sha256 !== undefined && hash.digest("hex") !== sha256)
    throw corrupt(key, "holds other bytes than were published");
}

async function* hashing(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

const corrupt = (key: string, what: string): LoraloomError =>
  new LoraloomError("corrupt_adapter", `'${key}' ${what}.`);
