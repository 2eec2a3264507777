import type { ObjectStore } from "./client.ts";
import { abortMultipart, listMultiparts, type OpenMultipart } from "./multipart.ts";

/**
 * Ends the unfinished uploads below a prefix that nobody will complete, and removes their parts.
 *
 * @param isOver whether one of them is to be ended; left out: all are
 * @throws LoraloomError `storage_unavailable`
 */
export const abortMultiparts = async (
  objects: ObjectStore,
  prefix: string,
  isOver: (multipart: OpenMultipart) => boolean = () => true,
): Promise<void> => {
  for await (const multipart of listMultiparts(objects, prefix)) {
    if (isOver(multipart)) await abortMultipart(objects, multipart);
  }
};
