import { DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { abortMultiparts } from "./abort-multiparts.ts";
import type { ObjectStore } from "./client.ts";
import { quotedEtag } from "./etag.ts";
import { answerOf, failStorage } from "./failures.ts";
import { headObject } from "./get.ts";
import { listObjects } from "./list.ts";

/** Most keys that one DeleteObjects request takes. */
const deleteBatch = 1000;

/**
 * Deletes an object; one that is not there counts as deleted. `conflict`: its ETag is another one.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const deleteObject = async (
  objects: ObjectStore,
  { key, ifMatch }: { key: string; ifMatch?: string },
): Promise<"deleted" | "conflict"> => {
  try {
    await objects.client.send(
      new DeleteObjectCommand({
        Bucket: objects.bucket,
        Key: key,
        ...(ifMatch && { IfMatch: quotedEtag(ifMatch) }),
      }),
    );
    return "deleted";
  } catch (error) {
    const answer = answerOf(error);
    if (answer === "missing") return "deleted";
    // Some stores say so of a missing key too, as does one's own try whose answer was lost.
    if (answer === "conflict") return (await headObject(objects, key)) ? "conflict" : "deleted";
    return failStorage(`delete '${key}'`, error);
  }
};

/**
 * Deletes all below a prefix, what has come of unfinished objects among it; answers how many were whole.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const deletePrefix = async (objects: ObjectStore, prefix: string): Promise<number> => {
  await abortMultiparts(objects, prefix);
  const keys = await Array.fromAsync(listObjects(objects, prefix), (object) => object.key);
  for (let start = 0; start < keys.length; start += deleteBatch) {
    await deleteKeys(objects, keys.slice(start, start + deleteBatch));
  }
  return keys.length;
};

const deleteKeys = async (objects: ObjectStore, keys: string[]): Promise<void> => {
  try {
    const answer = await objects.client.send(
      new DeleteObjectsCommand({
        Bucket: objects.bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    );
    const [first] = answer.Errors ?? [];
    if (first) throw new Error(`${first.Key}: ${first.Code}`);
  } catch (error) {
    failStorage(`delete ${keys.length} objects from '${keys[0]}' on`, error);
  }
};
