import { isLoraloomError } from "@loraloom/errors";
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { type FileKind, type Folder, isInspected } from "../keys/index.ts";
import type { StoreLimits } from "../limits.ts";
import type { Store } from "../store.ts";
import { type FileReport, files } from "../tables/index.ts";
import { crashedReport, vanishedReport } from "./fault-reports.ts";
import { hashedBytes } from "./hashed-bytes.ts";
import { ofFolder } from "./in-folder.ts";
import { readFileObject, type StoredFile } from "./stored-file.ts";

type Unread = { name: string; kind: FileKind; bytes: AsyncIterable<Uint8Array> };

/** Reads a file and says what is in it; what people did wrong is in the report and never thrown. */
export type Inspect = (input: Unread & { limits: StoreLimits }) => Promise<FileReport>;

const maxInspections = 3;

/** A file whose bytes have yet to be read: for a report, or only for a hash that nobody knows. */
export const isUnread: SQL | undefined = or(
  eq(files.state, "inspecting"),
  and(eq(files.state, "ready"), isNull(files.sha256), isNull(files.report)),
);

/**
 * Reads a file that waits for it and keeps its report and its hash, if its bytes are still the ones that were read.
 * An inspection that fails is repeated by a side job; after three that crashed the file has a fault.
 *
 * @throws LoraloomError `storage_unavailable`, and whatever the inspection throws
 */
export const inspectStoredFile = async (store: Store, fileId: string, inspect: Inspect): Promise<void> => {
  const [file] = await store.db
    .select()
    .from(files)
    .where(and(eq(files.id, fileId), isUnread));
  if (!file) return;
  if (file.inspections >= maxInspections)
    return recordReport(store, { ...file, report: crashedReport(file, maxInspections) });
  const object = await readFileObject(store, file);
  if (!object) return recordReport(store, { ...file, report: vanishedReport(file) });
  await countInspection(store, file, 1);
  const limited = (input: Unread) => inspect({ ...input, limits: store.limits });
  try {
    await recordReport(store, { ...file, ...(await readBytes(file, object.stream, limited)) });
  } catch (error) {
    // That the bytes did not come says nothing about the file.
    if (isLoraloomError(error, "storage_unavailable")) await countInspection(store, file, -1);
    throw error;
  }
};

type Read = { report: FileReport | null; sha256: string };

/** One pass for both. */
const readBytes = async (
  { name, kind, sha256 }: StoredFile,
  stream: AsyncIterable<Uint8Array>,
  inspect: (input: Unread) => Promise<FileReport>,
): Promise<Read> => {
  if (sha256 !== null) return { report: await inspect({ name, kind, bytes: stream }), sha256 };
  await using hashed = hashedBytes(stream);
  const report = isInspected(kind) ? await inspect({ name, kind, bytes: hashed.bytes }) : null;
  return { report, sha256: await hashed.digestOfAll() };
};

type Recorded = Pick<StoredFile, "id" | "etag" | "sha256"> & { report: FileReport | null };

/** Keeps a report only where the row's ETag is still the inspected one. */
export const recordReport = async (
  store: Pick<Store, "db">,
  { id, etag, report, sha256 }: Recorded,
): Promise<void> => {
  await store.db
    .update(files)
    .set({ report, sha256, state: "ready", updatedAt: sql`now()` })
    .where(and(eq(files.id, id), eq(files.etag, etag), isUnread));
};

/** Counted before it begins: one that ends the process leaves its mark. */
const countInspection = async (store: Store, file: StoredFile, change: 1 | -1): Promise<void> => {
  await store.db
    .update(files)
    .set({ inspections: sql`${files.inspections} + ${change}` })
    .where(and(eq(files.id, file.id), eq(files.etag, file.etag)));
};

/** Reads all files of a folder that wait for it, one after the other, without anybody waiting. */
export const requestInspections = (store: Store, folder: Folder, inspect: Inspect): void => {
  const { userId, avatarId, kind } = folder;
  store.background.request(`inspect:${JSON.stringify([userId, avatarId, kind])}`, async () => {
    const waiting = await store.db
      .select({ id: files.id })
      .from(files)
      .where(and(ofFolder(files, folder), isUnread))
      .orderBy(files.id);
    await eachInTurn(waiting, ({ id }) => inspectStoredFile(store, id, inspect));
  });
};
