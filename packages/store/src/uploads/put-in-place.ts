import { LoraloomError } from "@loraloom/errors";
import { fileKey, uploadKey } from "../keys/index.ts";
import { completeMultipart, copyObject, headObject, type Multipart, partCount } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { storedParts } from "./stored-parts.ts";
import { isMultipart, type MultipartUpload, multipartOf, ownerMetadata, type Upload } from "./upload-row.ts";

/**
 * Makes an accepted upload's bytes the object at the file's final place; the name's lock is held. Done twice it is
 * the same object.
 *
 * @returns its ETag, or `undefined` where another tool removed what had come
 * @throws LoraloomError `storage_unavailable`
 */
export const putInPlace = (store: Store, upload: Upload): Promise<string | undefined> =>
  isMultipart(upload) ? putTogether(store, upload) : copyToPlace(store, upload);

const copyToPlace = async (store: Store, upload: Upload): Promise<string | undefined> => {
  const from = uploadKey(upload.id);
  const head = await headObject(store.objects, from);
  if (!head) return undefined;
  const to = fileKey(upload, upload.kind, upload.name);
  const answer = await copyObject(store.objects, { from, to, size: head.size, ifMatch: head.etag });
  if (answer === "missing") return undefined;
  if (answer === "conflict") {
    throw new LoraloomError(
      "storage_unavailable",
      `The bytes of upload '${upload.id}' were put again meanwhile.`,
    );
  }
  return answer.etag;
};

/** Where an earlier try was at its end and its answer got lost, the object says whose it is. */
const putTogether = async (store: Store, upload: MultipartUpload): Promise<string | undefined> => {
  const multipart = multipartOf(upload);
  if (!multipart) return undefined;
  await completeParts(store, upload, multipart);
  const head = await headObject(store.objects, multipart.key);
  return head?.metadata.upload === ownerMetadata(upload.id).upload ? head.etag : undefined;
};

const completeParts = async (store: Store, upload: MultipartUpload, multipart: Multipart): Promise<void> => {
  const parts = await storedParts(store, upload);
  if (!parts) return;
  // A part that came can't go again; a store that shows fewer now is not asked to make an object of them.
  if (parts.length !== partCount(upload)) {
    throw new LoraloomError(
      "storage_unavailable",
      `The store shows ${parts.length} of ${partCount(upload)} parts of upload '${upload.id}'.`,
    );
  }
  await completeMultipart(store.objects, multipart, parts);
};
