import { createHash } from "node:crypto";
import type { ObjectStore } from "./client.ts";
import { getObject } from "./get.ts";

/**
 * SHA-256 in hex of an object's bytes, read in pieces; `undefined` where there is none (with the ETag asked for).
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const hashObject = async (
  objects: ObjectStore,
  place: { key: string; ifMatch?: string },
): Promise<string | undefined> => {
  const object = await getObject(objects, place);
  if (!object) return undefined;
  const hash = createHash("sha256");
  for await (const piece of object.stream) hash.update(piece);
  return hash.digest("hex");
};
