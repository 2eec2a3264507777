import type { Api, StoredFile } from "../api-types.ts";
import { patientAttempts, retrying } from "../retry.ts";
import { type Begun, beginUpload } from "./begin-upload.ts";
import { type Prepared, prepareUpload } from "./prepare-upload.ts";
import type { OnProgress } from "./progress.ts";
import { putBytes, type SignedPut } from "./put.ts";
import { requireReadable } from "./read-body.ts";
import { resumeUpload } from "./resume-upload.ts";
import { sendParts } from "./send-parts.ts";
import type { UploadSource } from "./source.ts";
import type { UploadTarget } from "./upload-calls.ts";

export type SendOptions = {
  /** The name on the server; a File and a path bring their own. */
  name?: string;
  /** The content type, unless the file or its name tells it. */
  type?: string;
  /** Called as bytes leave. */
  onProgress?: OnProgress;
  /**
   * Ends the upload, also on the server; the call then throws the signal's reason, and nothing is left of it unless
   * `keepParts` says so.
   */
  signal?: AbortSignal;
  /** Leaves what the store has of a file above 64 MiB when the signal ends it: for a day its `uploadId` takes it up. */
  keepParts?: boolean;
  /** Parts on their way at once, of a file above 64 MiB; 4 unless given. */
  parallelParts?: number;
  /** Called once for a file above 64 MiB: with this id its upload can be taken up again, also after a reload. */
  onUploadId?: (uploadId: string) => void;
  /** Takes up the upload of this id, begun with the same file: only what the store doesn't have yet is sent. */
  uploadId?: string;
};
export type FlagOptions = {
  /** Whether training reads the file. Unless given, a replaced file keeps its flag and a new one is used. */
  useForTraining?: boolean;
};

/** What uploads need of the client; an upload that the server has answered sets `reached`. */
export type Uploader = { api: Api; fetch: typeof fetch; reached: boolean };
export type UploadRequest = SendOptions & FlagOptions & { target: UploadTarget; source: UploadSource };

const usualParallelParts = 4;
/** Who ends an upload doesn't wait long for the server to know of it: it would also expire. */
const longestAbortMs = 5_000;

/** Describes, sends and completes one file; retryable failures are tried again. */
export const upload = async (uploader: Uploader, request: UploadRequest): Promise<StoredFile> => {
  const prepared = await prepareUpload(uploader, request);
  const { uploadId } = request;
  const begun = await (uploadId === undefined ? beginUpload(prepared) : resumeUpload(prepared, uploadId));
  if (begun.is === "completed") return begun.file;
  if (begun.is === "parts") request.onUploadId?.(begun.uploadId);
  const work = () => sendAndComplete(prepared, begun);
  return begun.is === "parts" && request.keepParts ? work() : endingOnAbort(prepared, begun.uploadId, work);
};

type Unsent = Exclude<Begun, { is: "completed" }>;

const sendAndComplete = async (prepared: Prepared, begun: Unsent): Promise<StoredFile> => {
  await send(prepared, begun);
  const { calls, call, signal } = prepared;
  return retrying(() => calls.complete(begun.uploadId, call), signal, patientAttempts);
};

const send = (prepared: Prepared, begun: Unsent): Promise<void> => {
  const { uploader, request, described, signal } = prepared;
  if (begun.is === "put") return retrying(() => putWhole(prepared, begun.signed), signal, patientAttempts);
  const { parallelParts: parallel = usualParallelParts, onProgress } = request;
  const { name } = described;
  return sendParts({ ...prepared, ...begun, fetch: uploader.fetch, name, parallel, onProgress });
};

const putWhole = async (prepared: Prepared, signed: SignedPut): Promise<void> => {
  const { body, signal, described } = prepared;
  try {
    await putBytes(signed, body, putOptions(prepared));
  } catch (error) {
    await requireReadable(body, { name: described.name, signal });
    throw error;
  }
};

const putOptions = ({ uploader: { fetch }, signal, request: { onProgress } }: Prepared) => ({
  fetch,
  signal,
  onProgress,
});

const endingOnAbort = async (
  { calls, signal }: Prepared,
  uploadId: string,
  work: () => Promise<StoredFile>,
): Promise<StoredFile> => {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) {
      // What counts is the caller's own reason: the server ends a forgotten upload by itself.
      await calls.abort(uploadId, { signal: AbortSignal.timeout(longestAbortMs) }).catch(() => undefined);
    }
    throw error;
  }
};
