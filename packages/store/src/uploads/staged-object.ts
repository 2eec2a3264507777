import { LoraloomError } from "@loraloom/errors";
import { uploadKey } from "../keys/index.ts";
import { hashObject, headObject, type ObjectHead } from "../objects/index.ts";
import type { Store } from "../store.ts";
import type { Upload } from "./upload-row.ts";

/**
 * Looks at what was put for an upload and compares it with what was announced. The signature already
 * makes the store refuse anything else; here nothing is left to the store's care.
 *
 * @throws LoraloomError `upload_not_received`, `upload_size_mismatch`, `upload_type_mismatch`,
 *   `upload_hash_mismatch`, `storage_unavailable`
 */
export const checkStagedObject = async (store: Store, upload: Upload): Promise<ObjectHead> => {
  const head = await headObject(store.objects, uploadKey(upload.id));
  if (!head) {
    throw new LoraloomError(
      "upload_not_received",
      `No bytes were received for upload '${upload.id}' ('${upload.name}').`,
    );
  }
  requireSame(upload, "upload_size_mismatch", { what: "size", signed: upload.size, found: head.size });
  requireSame(upload, "upload_type_mismatch", {
    what: "type",
    signed: upload.contentType,
    found: head.contentType,
  });
  if (upload.sha256 === null) return head;
  // Not every store tells the hash that it checked.
  const found =
    head.sha256Hex ?? (await hashObject(store.objects, { key: uploadKey(upload.id), ifMatch: head.etag }));
  requireSame(upload, "upload_hash_mismatch", { what: "SHA-256", signed: upload.sha256, found });
  return head;
};

type Comparison = { what: string; signed: string | number; found: string | number | undefined };

const requireSame = (
  upload: Upload,
  code: "upload_size_mismatch" | "upload_type_mismatch" | "upload_hash_mismatch",
  { what, signed, found }: Comparison,
): void => {
  if (found === signed) return;
  throw new LoraloomError(code, `'${upload.name}' came with ${what} ${found}; ${signed} was signed.`, {
    details: { uploadId: upload.id, signed, found },
  });
};
