import type { Api, StoredFile, UploadInput } from "../api-types.ts";
import { clientError } from "../errors.ts";
import { retrying } from "../retry.ts";
import { sha256Hex } from "../sha256.ts";
import { contentTypeOf } from "./content-type.ts";
import { type PutOptions, putBlob, type UploadProgress } from "./put.ts";
import { openSource, type UploadSource } from "./source.ts";

export type UploadOptions = {
  avatarId: string;
  /** Whose avatar; service keys must name the user. */
  userId?: string;
  /** The name on the server; a File and a path bring their own. */
  name?: string;
  /** The content type, unless the file or its name tells it. */
  type?: string;
  /** Called as bytes leave. */
  onProgress?: (progress: UploadProgress) => void;
  /** Ends the upload, which then throws the signal's reason. */
  signal?: AbortSignal;
};

export type TrainingUploadOptions = UploadOptions & {
  /** Whether training reads the file: true unless given, or as the file that is replaced. */
  useForTraining?: boolean;
};

/** What uploads need of the client. */
export type Uploader = { api: Api; fetch: typeof fetch };

type Upload = TrainingUploadOptions & { kind: UploadInput["kind"]; source: UploadSource };

/** Hashes, signs, puts and completes one file; retryable failures are tried four times. */
export const upload = async (uploader: Uploader, options: Upload): Promise<StoredFile> => {
  const { signal } = options;
  const { blob, input } = await prepare(options);
  const call = signal && { signal };
  const put = putOptions(uploader, options);

  const signed = await retrying(() => uploader.api.trainingData.createUpload.mutate(input, call), signal);
  if (signed.method === "multipart")
    throw clientError("too_large", `'${input.name}' is too large for one PUT.`);
  await retrying(() => putBlob(signed, blob, put), signal);
  const completion = { ...scopeOf(options), uploadId: signed.uploadId };
  return retrying(() => uploader.api.trainingData.completeUpload.mutate(completion, call), signal);
};

const prepare = async (options: Upload): Promise<{ blob: Blob; input: UploadInput }> => {
  const { blob, name: ownName } = await openSource(options.source);
  const name = options.name ?? ownName;
  if (name === undefined) throw clientError("bad_file_name", "These bytes have no name; give one in 'name'.");
  const described = {
    ...scopeOf(options),
    kind: options.kind,
    name,
    size: blob.size,
    type: options.type ?? (blob.type || contentTypeOf(name)),
    sha256: await hashed(blob, { name, signal: options.signal }),
  };
  const { useForTraining } = options;
  return { blob, input: useForTraining === undefined ? described : { ...described, useForTraining } };
};

const scopeOf = ({ avatarId, userId }: UploadOptions) =>
  userId === undefined ? { avatarId } : { avatarId, userId };

const putOptions = ({ fetch }: Uploader, { onProgress, signal }: Upload): PutOptions => ({
  fetch,
  onProgress,
  signal,
});

const hashed = async (
  blob: Blob,
  { name, signal }: { name: string; signal: AbortSignal | undefined },
): Promise<string> => {
  try {
    return await sha256Hex(blob, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw clientError("bad_input", `'${name}' could not be read; it may have changed meanwhile.`, { cause });
  }
};
