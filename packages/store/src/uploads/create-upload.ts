import { LoraloomError } from "@loraloom/errors";
import { sql } from "drizzle-orm";
import { ulid } from "ulid";
import { ensureScope } from "../access/index.ts";
import { checkFileName, type FileKind, type FileScope, uploadKey } from "../keys/index.ts";
import { presignPut } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";

export type UploadInput = {
  kind: FileKind;
  name: string;
  /** Bytes, at most 64 MiB. */
  size: number;
  contentType: string;
  /** Of the bytes, in hex. */
  sha256: string;
  /** Left out: a replaced name keeps its flag, a new one is true. */
  useForTraining?: boolean | undefined;
};
export type CreatedUpload = {
  uploadId: string;
  method: "PUT";
  url: string;
  /** To be sent as they are. */
  headers: Record<string, string>;
  /** When the URL ends. */
  expiresAt: Date;
};

export const maxUploadBytes = 64 * 1024 * 1024;
export const urlSeconds = 15 * 60;
/** A row outlives its URL, so that a slow PUT can still be completed. */
const rowSeconds = 60 * 60;

/**
 * Begins an upload: one presigned PUT that takes exactly these bytes. Nobody sees anything of it
 * before it is completed.
 *
 * @throws LoraloomError `bad_file_name`, `too_large`, `bad_input`
 */
export const createUpload = async (
  store: Store,
  scope: FileScope,
  input: UploadInput,
): Promise<CreatedUpload> => {
  const upload = checkUpload(input);
  await ensureScope(store, scope);
  const uploadId = ulid();
  const [row] = await store.db
    .insert(uploads)
    .values({
      id: uploadId,
      userId: scope.userId,
      avatarId: scope.avatarId,
      state: "open",
      ...upload,
      expiresAt: sql`now() + make_interval(secs => ${rowSeconds})`,
    })
    .returning({ createdAt: uploads.createdAt });
  if (!row) throw new Error("An insert answered with no row.");
  const { url, headers } = await presignPut(store.objects, {
    key: uploadKey(uploadId),
    contentType: upload.contentType,
    size: upload.size,
    sha256Hex: upload.sha256,
    expiresIn: urlSeconds,
  });
  return {
    uploadId,
    method: "PUT",
    url,
    headers,
    expiresAt: new Date(row.createdAt.getTime() + urlSeconds * 1000),
  };
};

const checkUpload = ({ kind, name, size, contentType, sha256, useForTraining }: UploadInput) => {
  const checked = {
    kind,
    name: checkFileName(name),
    size,
    contentType,
    sha256: sha256.toLowerCase(),
    useForTraining,
  };
  const fault = faultOfUpload(checked);
  if (fault) throw new LoraloomError("bad_input", fault);
  if (size > maxUploadBytes) {
    throw new LoraloomError(
      "too_large",
      `'${checked.name}' has ${size} bytes, more than ${maxUploadBytes}.`,
      {
        details: { size, limit: maxUploadBytes },
      },
    );
  }
  return checked;
};

const faultOfUpload = ({ size, contentType, sha256 }: UploadInput): string | undefined => {
  if (!Number.isSafeInteger(size) || size < 0) return `A size of ${size} bytes can't be.`;
  if (!/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(contentType)) {
    return `${JSON.stringify(contentType.slice(0, 80))} is not a content type.`;
  }
  if (!/^[0-9a-f]{64}$/.test(sha256))
    return `${JSON.stringify(sha256.slice(0, 80))} is not a SHA-256 in hex.`;
  return undefined;
};
