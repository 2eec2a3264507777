import { and, eq, inArray, isNotNull, isNull, ne } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { ofName } from "../files/in-folder.ts";
import { nameLock } from "../files/stored-file.ts";
import { fileKey, uploadKey } from "../keys/index.ts";
import {
  abortMultipart,
  deleteObject,
  isCopiedInParts,
  listMultiparts,
  type OpenMultipart,
} from "../objects/index.ts";
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
  if (!isMultipart(upload)) return discardFailedCopies(store, upload);
  const open = await listOpen(store, upload);
  const begun = open.filter((multipart) => isBegunWith(upload, multipart));
  const owned = await ownedIds(store, upload, begun);
  for (const stray of begun) if (!owned.has(stray.multipartId)) await abortMultipart(store.objects, stray);
};

/** A deletion fails what a crash has left half-way, so that no next try ends its copies. */
const discardFailedCopies = async (store: Store, upload: Upload): Promise<void> => {
  if (upload.state !== "failed" || !isCopiedInParts(upload.size)) return;
  await withAdvisoryLock(store, nameLock(upload, upload), () => discardCopies(store, upload));
};

/**
 * Ends copies to the file's place that were cut off by a crash since the upload was accepted. The name's lock is held,
 * so none is under way; what clients are sending in parts for the same name goes on.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const discardCopies = async (store: Store, upload: Upload): Promise<void> => {
  const { completingAt } = upload;
  if (isMultipart(upload) || !completingAt || !isCopiedInParts(upload.size)) return;
  const since = completingAt.getTime() - beginMilliseconds;
  const open = await listOpen(store, upload);
  const copies = open.filter(({ startedAt }) => startedAt !== undefined && startedAt.getTime() >= since);
  // In this order: what a client had begun by the list has a row, first without its id and then with it.
  const beginning = await beginningNow(store, upload);
  const owned = await ownedIds(store, upload, copies);
  for (const copy of copies) {
    const isOwned = owned.has(copy.multipartId) || beginning.some((row) => isBegunWith(row, copy));
    if (!isOwned) await abortMultipart(store.objects, copy);
  }
};

const listOpen = async ({ objects }: Store, upload: Upload): Promise<OpenMultipart[]> => {
  const key = fileKey(upload, upload.kind, upload.name);
  const open = await Array.fromAsync(listMultiparts(objects, key));
  return open.filter((multipart) => multipart.key === key);
};

const isBegunWith = ({ createdAt }: Pick<Upload, "createdAt">, { startedAt }: OpenMultipart): boolean =>
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

/** Uploads in parts of this name whose id, which the store has given or is about to, is not kept yet. */
const beginningNow = ({ db }: Store, upload: Upload): Promise<Pick<Upload, "createdAt">[]> =>
  db
    .select({ createdAt: uploads.createdAt })
    .from(uploads)
    .where(
      and(
        ofName(uploads, upload),
        eq(uploads.state, "open"),
        isNotNull(uploads.partSize),
        isNull(uploads.multipartId),
      ),
    );
