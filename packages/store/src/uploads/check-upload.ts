import { byteSize, LoraloomError } from "@loraloom/errors";
import { checkFileName, type FileKind, maxFileBytes } from "../keys/index.ts";
import type { StoreLimits } from "../limits.ts";

export type UploadInput = {
  kind: FileKind;
  name: string;
  /** Bytes, as many as {@link maxFileBytes} says of the kind. */
  size: number;
  contentType: string;
  /** Of the bytes, in hex. Needed up to {@link maxPutBytes}; above it the content's is computed from what came. */
  sha256?: string | undefined;
  /** Left out: a replaced name keeps its flag, a new one is true. */
  useForTraining?: boolean | undefined;
};

type Checked<Sha256> = Omit<UploadInput, "sha256"> & { sha256: Sha256 };
/** With a hash the file comes in one piece, without one in parts. */
export type CheckedUpload = Checked<string> | Checked<null>;

/** A larger file comes in parts. */
export const maxPutBytes = 64 * 1024 * 1024;

/** @throws LoraloomError `bad_file_name`, `too_large`, `bad_input` */
export const checkUpload = ({ sha256, ...input }: UploadInput, limits: StoreLimits): CheckedUpload => {
  const upload = { ...input, name: checkFileName(input.name) };
  const fault = faultOfUpload({ ...upload, sha256 });
  if (fault) throw new LoraloomError("bad_input", fault);
  refuseLarge(upload, limits);
  return sha256 === undefined ? { ...upload, sha256: null } : { ...upload, sha256: sha256.toLowerCase() };
};

const refuseLarge = ({ kind, name, size }: UploadInput, limits: StoreLimits): void => {
  const limit = maxFileBytes(kind, limits);
  if (size <= limit) return;
  throw new LoraloomError(
    "too_large",
    `'${name}' has ${byteSize(size)}, more than ${byteSize(limit)}, the most of a file in '${kind}'.`,
    { details: { size, limit } },
  );
};

const faultOfUpload = ({ size, contentType, sha256 }: UploadInput): string | undefined => {
  if (!Number.isSafeInteger(size) || size < 0) return `A size of ${size} bytes can't be.`;
  if (!/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(contentType)) {
    return `${shown(contentType)} is not a content type.`;
  }
  if (sha256 === undefined) return size <= maxPutBytes ? hashMissing : undefined;
  if (!isSha256(sha256)) return `${shown(sha256)} is not a SHA-256 in hex.`;
  return size > maxPutBytes ? hashOfParts : undefined;
};

const hashMissing = `A file of up to ${maxPutBytes} bytes needs its SHA-256.`;
const hashOfParts = `Leave sha256 out above ${maxPutBytes} bytes: such a file comes in parts, each with a hash of its own.`;

/** In hex, of either case. */
export const isSha256 = (value: string): boolean => /^[0-9a-f]{64}$/i.test(value);

const shown = (value: string): string => JSON.stringify(value.slice(0, 80));
