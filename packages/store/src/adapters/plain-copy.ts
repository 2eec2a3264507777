import { LoraloomError } from "@loraloom/errors";
import { eq } from "drizzle-orm";
import { adapterKeys } from "../keys/index.ts";
import { abortMultiparts, copyObject, deleteObject, headObject, type ObjectHead } from "../objects/index.ts";
import type { Database, Executor, Store } from "../store.ts";
import { versions } from "../tables/index.ts";
import type { Adapter } from "./lock-adapter.ts";
import { adapterFiles, versionKind } from "./version-kind.ts";

/** In each copy's user metadata, so that a reader can tell whether its two files belong together. */
const versionField = "version";
const sequenceField = "publish-seq";

/**
 * Copies the current version's two files to `adapters/` itself, for inference servers that know no
 * versions, or removes them where there is none or it is a whole model, which such a server can't
 * use. The caller holds the adapter's advisory lock, which keeps older copies from coming late: an
 * ETag hashes the body only and returns with a rollback.
 */
export const writePlainCopy = async (store: Store, db: Database, adapter: Adapter): Promise<void> => {
  const version = await currentAdapter(db, adapter);
  for (const name of adapterFiles) await writePlainFile(store, adapter, { name, version });
};

/**
 * Whether the plain copy is that of the adapter's current version, or of a later one. Tools that copy a bucket may leave
 * metadata behind, by which nobody could tell.
 */
export const isPlainCopyCurrent = async (store: Store, db: Executor, adapter: Adapter): Promise<boolean> => {
  const version = await currentAdapter(db, adapter);
  for (const name of adapterFiles) {
    const found = await headObject(store.objects, adapterKeys(adapter).plain(name));
    if (found ? !isUpToDate(found, adapter) : version !== undefined) return false;
  }
  return true;
};

const isUpToDate = ({ metadata }: Pick<ObjectHead, "metadata">, { publishSeq }: Adapter): boolean =>
  Number(metadata[sequenceField] ?? -1) >= publishSeq;

/** The current version, where that is an adapter. */
const currentAdapter = async (db: Executor, { currentVersion }: Adapter): Promise<string | undefined> => {
  if (!currentVersion) return undefined;
  const [version] = await db
    .select({ files: versions.files })
    .from(versions)
    .where(eq(versions.id, currentVersion));
  return version && versionKind(version) === "model" ? undefined : currentVersion;
};

const writePlainFile = async (
  store: Store,
  adapter: Adapter,
  { name, version }: { name: string; version: string | undefined },
): Promise<void> => {
  const key = adapterKeys(adapter).plain(name);
  const found = await headObject(store.objects, key);
  if (found && isUpToDate(found, adapter)) return;
  // Under the lock none is under way: what is there was left by a process that ended while it copied.
  await abortMultiparts(store.objects, key, (multipart) => multipart.key === key);
  if (version) await copyFile(store, adapter, { name, version });
  else if (found) await deleteObject(store.objects, { key });
};

const copyFile = async (
  store: Store,
  adapter: Adapter,
  { name, version }: { name: string; version: string },
): Promise<void> => {
  const keys = adapterKeys(adapter);
  const from = keys.versionFile(version, name);
  const source = await headObject(store.objects, from);
  if (!source)
    throw new LoraloomError("corrupt_adapter", `Version '${version}' has lost its file '${name}'.`);
  const answer = await copyObject(store.objects, {
    from,
    to: keys.plain(name),
    size: source.size,
    ifMatch: source.etag,
    replace: {
      contentType: source.contentType ?? "application/octet-stream",
      metadata: { [versionField]: version, [sequenceField]: String(adapter.publishSeq) },
    },
  });
  if (typeof answer === "string") {
    throw new LoraloomError(
      "corrupt_adapter",
      `File '${name}' of version '${version}' changed while it was copied.`,
    );
  }
};
