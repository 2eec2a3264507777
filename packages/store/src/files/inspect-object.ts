import { isInspected } from "../keys/folders.ts";
import type { StoreLimits } from "../limits.ts";
import type { ObjectStore } from "../objects/client.ts";
import { getObject } from "../objects/get.ts";
import type { FileReport } from "../tables/files.ts";
import { hashedBytes } from "./hashed-bytes.ts";
import type { StoredFile } from "./stored-file.ts";

/** A file whose bytes have yet to be read; nothing in it that a thread could not be told. */
export type UnreadFile = Pick<StoredFile, "kind" | "name" | "size" | "etag" | "sha256"> & {
  key: string;
  limits: StoreLimits;
};
export type ReadFile = {
  /** null: files of this kind have none. */
  report: FileReport | null;
  /** Hex. */
  sha256: string;
};

type Bytes = Pick<UnreadFile, "kind" | "name" | "limits"> & { bytes: AsyncIterable<Uint8Array> };

/** Says what is in a file; what people did wrong is in the report and never thrown. */
export type ReportOn = (file: Bytes) => Promise<FileReport>;

/**
 * Reads a file's object once, for its report and for a hash that nobody knows; `undefined` where its bytes are gone or
 * were replaced.
 *
 * @throws LoraloomError `storage_unavailable`, and whatever ends an inspection before its time
 */
export type Inspect = (objects: ObjectStore, file: UnreadFile) => Promise<ReadFile | undefined>;

/** Reads the object in this thread. */
export const inspectHere =
  (reportOn: ReportOn): Inspect =>
  async (objects, { key, etag, ...file }) => {
    const object = await getObject(objects, { key, ifMatch: etag });
    return object && readOnce({ ...file, bytes: object.stream }, reportOn);
  };

/** One pass for both. */
const readOnce = async (
  { sha256, bytes, ...file }: Bytes & Pick<UnreadFile, "sha256">,
  reportOn: ReportOn,
): Promise<ReadFile> => {
  if (sha256 !== null) return { report: await reportOn({ ...file, bytes }), sha256 };
  await using hashed = hashedBytes(bytes);
  const report = isInspected(file.kind) ? await reportOn({ ...file, bytes: hashed.bytes }) : null;
  return { report, sha256: await hashed.digestOfAll() };
};
