import { clientError } from "../errors.ts";
import { patientAttempts, retrying } from "../retry.ts";
import { type Begun, beginUpload } from "./begin-upload.ts";
import type { Prepared } from "./prepare-upload.ts";
import { sizeOf } from "./upload-body.ts";

/**
 * Takes up an upload that was begun earlier, by whomever. One that is completed meanwhile gives its file; one in a
 * single piece is begun anew.
 *
 * @throws `upload_hash_mismatch` (begun with another file), `upload_not_found`, `upload_ended`, `upload_expired`
 */
export const resumeUpload = async (prepared: Prepared, uploadId: string): Promise<Begun> => {
  const { calls, call, signal, body, described } = prepared;
  const patiently = <Result>(ask: () => Promise<Result>) => retrying(ask, signal, patientAttempts);
  const begun = await patiently(() => calls.get(uploadId, call));
  if (begun.size !== sizeOf(body)) throw otherSize(described.name, begun);
  if (begun.state !== "open") {
    return { is: "completed", file: await patiently(() => calls.complete(uploadId, call)) };
  }
  const { partSize, parts } = begun;
  if (partSize === null || parts === null) return beginUpload(prepared);
  const received = await patiently(() => calls.received(uploadId, call));
  return { is: "parts", uploadId, plan: { uploadId, partSize, parts }, received };
};

const otherSize = (name: string, { uploadId, size }: { uploadId: string; size: number }) =>
  clientError(
    "upload_hash_mismatch",
    `'${name}' has another size than the ${size} bytes of upload '${uploadId}'; upload it without an uploadId.`,
    { details: { uploadId, size } },
  );
