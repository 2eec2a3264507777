import { bytesOfPart, listParts, partCount } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { isMultipart, multipartOf, type Upload } from "./upload-row.ts";

/** A part as the completion names it. */
export type WholePart = { number: number; size: number; etag: string; sha256Hex: string };

/** The whole parts that the store has; `undefined` where it doesn't know the upload any more. */
export const storedParts = async (
  { objects }: Pick<Store, "objects">,
  upload: Upload,
): Promise<WholePart[] | undefined> => {
  const multipart = multipartOf(upload);
  if (!multipart || !isMultipart(upload)) return [];
  const parts = await listParts(objects, multipart);
  return parts?.flatMap(({ number, size, etag }) => {
    const sha256Hex = upload.partHashes[number];
    const isWhole = number <= partCount(upload) && size === bytesOfPart(upload, number);
    return isWhole && sha256Hex !== undefined ? [{ number, size, etag, sha256Hex }] : [];
  });
};
