import { and, inArray, ne } from "drizzle-orm";
import { fileKey, uploadKey } from "../keys/index.ts";
import { abortMultipart, deleteObject, listMultiparts, type OpenMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { isMultipart, multipartOf, type Upload } from "./upload-row.ts";

/** The store's clock and the database's may differ by this, and a begin that is repeated takes as long. */
const beginMilliseconds = 5 * 60_000;

/**
 * Removes what an upload that has ended left in the store: its staged object, or its parts. What became a file stays.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const discardBytes = async (store: Store, upload: Upload): Promise<void> => {
  if (!isMultipart(upload)) {
    await deleteObject(store.objects, { key: uploadKey(upload.id) });
    return;
  }
  const multipart = multipartOf(upload);
  if (multipart) await abortMultipart(store.objects, multipart);
};

/**
 * Ends what was begun for an upload and whose id was never kept: a crash came between, or the store's answer was
 * lost and the begin repeated. An upload of another tool under this name, at another time, is none of ours.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const discardStrays = async (store: Store, upload: Upload): Promise<void> => {
  if (!isMultipart(upload)) return;
  const key = fileKey(upload, upload.kind, upload.name);
  const open = await Array.fromAsync(listMultiparts(store.objects, key));
  const begun = open.filter((multipart) => multipart.key === key && isBegunWith(upload, multipart));
  const owned = await ownedIds(store, upload, begun);
  for (const stray of begun) if (!owned.has(stray.multipartId)) await abortMultipart(store.objects, stray);
};

const isBegunWith = ({ createdAt }: Upload, { startedAt }: OpenMultipart): boolean =>
  startedAt !== undefined && Math.abs(startedAt.getTime() - createdAt.getTime()) < beginMilliseconds;

const ownedIds = async (
  store: Store,
  upload: Upload,
  begun: OpenMultipart[],
): Promise<Set<string | null>> => {
  if (begun.length === 0) return new Set();
  const ids = begun.map(({ multipartId }) => multipartId);
  const owners = await store.db
    .select({ multipartId: uploads.multipartId })
    .from(uploads)
    .where(and(ne(uploads.id, upload.id), inArray(uploads.multipartId, ids)));
  return new Set(owners.map(({ multipartId }) => multipartId));
};
