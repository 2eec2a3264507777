import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import type { FileScope } from "../keys/index.ts";
import { partCount } from "../objects/index.ts";
import type { Executor, Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { requireRoom } from "./room.ts";
import { checkStagedObject } from "./staged-object.ts";
import { storedParts } from "./stored-parts.ts";
import { isMultipart, type MultipartUpload, readUpload, requireOpen, type Upload } from "./upload-row.ts";

/** Enough to send the rest, or to see that nothing came. */
const shownParts = 100;

/**
 * Checks what came and promises to carry it to its end. The upload is then completing, or completed already.
 *
 * @throws LoraloomError `upload_not_found`, `upload_ended`, `upload_expired`, `upload_failed`, `upload_not_received`,
 *   `upload_size_mismatch`, `upload_type_mismatch`, `upload_hash_mismatch`, `too_many_files`, `storage_unavailable`
 */
export const acceptUpload = async (store: Store, scope: FileScope, uploadId: string): Promise<Upload> => {
  const upload = await readUpload(store.db, scope, uploadId);
  if (upload.state === "completing" || upload.state === "completed") return upload;
  requireOpen(upload);
  if (isMultipart(upload)) await requireParts(store, upload);
  else await checkStagedObject(store, upload);
  const accepted = await store.db.transaction(async (tx) => {
    await requireRoom({ db: tx, limits: store.limits }, upload);
    return markCompleting(tx, uploadId);
  });
  // Somebody else completed it meanwhile, or it expired.
  return accepted ?? acceptUpload(store, scope, uploadId);
};

const markCompleting = async (tx: Executor, uploadId: string): Promise<Upload | undefined> => {
  const [marked] = await tx
    .update(uploads)
    .set({ state: "completing", completingAt: sql`clock_timestamp()` })
    .where(and(eq(uploads.id, uploadId), eq(uploads.state, "open"), sql`${uploads.expiresAt} > now()`))
    .returning();
  return marked;
};

/** Every number, and of each exactly its bytes: together they are the promised size. */
const requireParts = async (store: Store, upload: MultipartUpload): Promise<void> => {
  const parts = await storedParts(store, upload);
  // Somebody completed it a moment ago, or another tool ended it: what it is shows under the name's lock.
  if (!parts) return;
  const received = new Set(parts.map(({ number }) => number));
  const numbers = Array.from({ length: partCount(upload) }, (_, index) => index + 1);
  const missing = numbers.filter((number) => !received.has(number));
  if (missing.length > 0) throw partsMissing(upload, numbers.length, missing);
};

const partsMissing = ({ id, name }: Upload, count: number, missing: number[]): LoraloomError => {
  const shown = missing.slice(0, shownParts);
  const rest = missing.length > shown.length ? ", …" : "";
  return new LoraloomError(
    "upload_not_received",
    `Of upload '${id}' ('${name}') ${missing.length} of ${count} parts were not received: ${shown.join(", ")}${rest}.`,
    { details: { uploadId: id, missing: shown, missingCount: missing.length } },
  );
};
