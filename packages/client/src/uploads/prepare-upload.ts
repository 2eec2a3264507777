import { clientError } from "../errors.ts";
import { contentTypeOf } from "./content-type.ts";
import { openSource } from "./source.ts";
import type { Uploader, UploadRequest } from "./upload.ts";
import { sizeOf, type UploadBody } from "./upload-body.ts";
import { type Described, type UploadCalls, uploadCalls } from "./upload-calls.ts";

/** A file that can be read, and all that is said of it. */
export type Prepared = {
  request: UploadRequest;
  calls: UploadCalls;
  /** For each of them. */
  call: { signal: AbortSignal } | undefined;
  uploader: Uploader;
  body: UploadBody;
  /** Without its hash. */
  described: Described;
  signal: AbortSignal | undefined;
};

/** @throws `bad_input` (nothing to read), `bad_file_name` (no name), `too_large` (an endless stream) */
export const prepareUpload = async (uploader: Uploader, request: UploadRequest): Promise<Prepared> => {
  const { source, target, signal } = request;
  const { body, name } = await openSource(source);
  return {
    request,
    calls: uploadCalls(uploader.api, target),
    call: signal && { signal },
    uploader,
    body,
    described: describe(body, request.name ?? name, request),
    signal,
  };
};

const describe = (
  body: UploadBody,
  name: string | undefined,
  { type, useForTraining }: UploadRequest,
): Described => {
  if (name === undefined) throw clientError("bad_file_name", "These bytes have no name; give one in 'name'.");
  const ownType = body instanceof Blob ? body.type : "";
  const described = { name, size: sizeOf(body), type: type ?? (ownType || contentTypeOf(name)) };
  return useForTraining === undefined ? described : { ...described, useForTraining };
};
