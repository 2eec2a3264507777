import { newId } from "../new-id.ts";
import type { ObjectStore } from "./client.ts";
import { storageFailure } from "./failures.ts";
import { headObject } from "./get.ts";
import {
  abortMultipart,
  completeMultipart,
  type Multipart,
  type NamedPart,
  type StartMultipartInput,
  startMultipart,
} from "./multipart.ts";

/** In the object's user metadata: which call put it together. */
const ownerField = "assembly";

/**
 * Makes one object of parts that this process brings; nobody sees it before all are there, and where that fails
 * nothing of them is left.
 *
 * @param bringParts puts all parts and names them, in order
 * @throws LoraloomError `storage_unavailable`, and what `bringParts` throws
 */
export const assemble = async (
  objects: ObjectStore,
  begun: StartMultipartInput,
  bringParts: (multipart: Multipart) => Promise<NamedPart[]>,
): Promise<{ etag: string }> => {
  const owner = newId();
  const metadata = { ...begun.metadata, [ownerField]: owner };
  const multipart = { key: begun.key, multipartId: await startMultipart(objects, { ...begun, metadata }) };
  try {
    return await putTogether(objects, { ...multipart, owner }, await bringParts(multipart));
  } catch (error) {
    // What failed is told. Where this fails too, the upload is ended by whoever writes the key next or sweeps it.
    await abortMultipart(objects, multipart).catch(() => undefined);
    throw error;
  }
};

/**
 * An upload that is not known any more was completed by an earlier try whose answer was lost, or ended by somebody:
 * the object says which, for an older one may be at its key.
 */
const putTogether = async (
  objects: ObjectStore,
  { owner, ...multipart }: Multipart & { owner: string },
  parts: NamedPart[],
): Promise<{ etag: string }> => {
  const completed = await completeMultipart(objects, multipart, parts);
  if (completed !== "missing") return completed;
  const head = await headObject(objects, multipart.key);
  if (head?.metadata[ownerField] === owner) return { etag: head.etag };
  throw storageFailure(`keep the parts of '${multipart.key}'`, undefined);
};
