import { LoraloomError } from "@loraloom/errors";
import { adapterKeys } from "../keys/index.ts";
import { copyObject, deleteObject, headObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { Adapter } from "./lock-adapter.ts";

/** PEFT's own layout, in the order in which a reader opens them. */
const plainFiles = ["adapter_config.json", "adapter_model.safetensors"];
/** In each copy's user metadata, so that a reader can tell whether its two files belong together. */
const versionField = "version";
const sequenceField = "publish-seq";

/**
 * Copies the current version's two files to `adapters/` itself, for inference servers that know no
 * versions, or removes them where there is none. The caller holds the adapter's advisory lock, which
 * keeps older copies from coming late: an ETag hashes the body only and returns with a rollback.
 */
export const writePlainCopy = async (store: Store, adapter: Adapter): Promise<void> => {
  for (const name of plainFiles) await writePlainFile(store, adapter, name);
};

const writePlainFile = async (store: Store, adapter: Adapter, name: string): Promise<void> => {
  const key = adapterKeys(adapter).plain(name);
  const found = await headObject(store.objects, key);
  if (found && Number(found.metadata[sequenceField] ?? -1) >= adapter.publishSeq) return;
  if (adapter.currentVersion) await copyFile(store, adapter, { name, version: adapter.currentVersion });
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
