import { isLoraloomError } from "@loraloom/errors";
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { type Folder, fileKey } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { crashedReport, vanishedReport } from "./fault-reports.ts";
import { ofFolder } from "./in-folder.ts";
import type { Inspect, ReadFile, UnreadFile } from "./inspect-object.ts";
import type { StoredFile } from "./stored-file.ts";

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
  await countInspection(store, file, 1);
  try {
    const read = await inspect(store.objects, unread(store, file));
    await recordReport(store, { ...file, ...(read ?? { report: vanishedReport(file) }) });
  } catch (error) {
    // That the bytes did not come says nothing about the file.
    if (isLoraloomError(error, "storage_unavailable")) await countInspection(store, file, -1);
    throw error;
  }
};

const unread = ({ limits }: Store, file: StoredFile): UnreadFile => {
  const { kind, name, size, etag, sha256 } = file;
  return { key: fileKey(file, kind, name), kind, name, size, etag, sha256, limits };
};

type Recorded = Pick<StoredFile, "id" | "etag" | "sha256"> & Pick<ReadFile, "report">;

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
