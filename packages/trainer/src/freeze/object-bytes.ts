import { createHash } from "node:crypto";
import { LoraloomError } from "@loraloom/errors";
import { getObject, type ObjectStore } from "@loraloom/store/objects";

/** An uploaded file as it was when somebody looked at it. */
export type FileVersion = { name: string; key: string; etag: string; sha256?: string };

/**
 * The bytes of a file, only where they are still those of this version.
 *
 * @throws LoraloomError `dataset_changed` naming the file, `storage_unavailable`
 */
export async function* objectBytes(
  objects: ObjectStore,
  { name, key, etag, sha256 }: FileVersion,
): AsyncGenerator<Uint8Array> {
  const object = await getObject(objects, { key, ifMatch: etag });
  if (!object) throw datasetChanged(name);
  const hash = createHash("sha256");
  for await (const piece of object.stream) {
    if (sha256) hash.update(piece);
    yield piece;
  }
  if (sha256 && hash.digest("hex") !== sha256) throw datasetChanged(name);
}

const datasetChanged = (name: string): LoraloomError =>
  new LoraloomError(
    "dataset_changed",
    `'${name}' was changed or deleted after it was chosen and before it was read.`,
    { details: { name } },
  );
