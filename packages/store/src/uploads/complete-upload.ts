import { LoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import type { Inspect } from "../files/inspect-object.ts";
import { inspectStoredFile } from "../files/inspection.ts";
import type { StoredFile } from "../files/stored-file.ts";
import type { FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { acceptUpload } from "./accept-upload.ts";
import { finishUpload } from "./finish-upload.ts";
import { uploadFailed } from "./upload-row.ts";

/** Larger files are inspected after the answer, so that nobody waits long for it. */
const inspectAtOnceBytes = 1024 * 1024;

/**
 * Completes an upload whose bytes were put: from here on the file is what readers see. A second call
 * gives the same file.
 *
 * @throws LoraloomError `upload_not_found`, `upload_ended`, `upload_expired`, `upload_not_received`,
 *   `upload_size_mismatch`, `upload_type_mismatch`, `upload_hash_mismatch`, `upload_failed`, `too_many_files`,
 *   `file_not_found` (completed earlier and deleted since), `storage_unavailable`
 */
export const completeUpload = async (
  store: Store,
  scope: FileScope,
  { uploadId, inspect }: { uploadId: string; inspect: Inspect },
): Promise<StoredFile> => {
  const upload = await acceptUpload(store, scope, uploadId);
  if (upload.state === "completing") await finishUpload(store, uploadId);
  const file = await readResult(store, uploadId);
  if (file.state !== "inspecting" && file.sha256 !== null) return file;
  const inspection = () => inspectStoredFile(store, file.id, inspect);
  if (file.size > inspectAtOnceBytes) {
    store.background.request(`inspect:${file.id}`, inspection);
    return file;
  }
  await inspection().catch((error) =>
    store.log.warn({ error, fileId: file.id }, "an inspection failed; a side job repeats it"),
  );
  return readResult(store, uploadId);
};

const readResult = async (store: Store, uploadId: string): Promise<StoredFile> => {
  const [found] = await store.db
    .select({ upload: uploads, file: files })
    .from(uploads)
    .leftJoin(files, and(eq(files.id, uploads.fileId), sql`${files.state} <> 'deleting'`))
    .where(eq(uploads.id, uploadId));
  if (found?.file) return found.file;
  if (found?.upload.state === "failed") throw uploadFailed(found.upload);
  throw new LoraloomError("file_not_found", `The file of upload '${uploadId}' was deleted since.`);
};
