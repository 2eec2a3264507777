import { isLoraloomError } from "@loraloom/errors";
import { and, eq, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { type FileKind, type FileReport, files } from "../tables/index.ts";
import { emptyReport } from "./empty-report.ts";
import { readFileObject, type StoredFile } from "./stored-file.ts";

/** Reads a file and says what is in it; what people did wrong is in the report and never thrown. */
export type Inspect = (input: {
  name: string;
  kind: FileKind;
  bytes: AsyncIterable<Uint8Array>;
}) => Promise<FileReport>;

const maxInspections = 3;

/**
 * Inspects a file that waits for it and keeps the report, if its bytes are still the inspected ones.
 * An inspection that fails is repeated by a side job; after three that crashed the file has a fault.
 *
 * @throws LoraloomError `storage_unavailable`, and whatever the inspection throws
 */
export const inspectStoredFile = async (store: Store, fileId: string, inspect: Inspect): Promise<void> => {
  const [file] = await store.db
    .select()
    .from(files)
    .where(and(eq(files.id, fileId), eq(files.state, "inspecting")));
  if (!file) return;
  if (file.inspections >= maxInspections)
    return recordReport(store, { ...file, report: crashedReport(file) });
  const object = await readFileObject(store, file);
  if (!object) return recordReport(store, { ...file, report: vanishedReport(file) });
  await countInspection(store, file, 1);
  try {
    const report = await inspect({ name: file.name, kind: file.kind, bytes: object.stream });
    await recordReport(store, { ...file, report });
  } catch (error) {
    // That the bytes did not come says nothing about the file.
    if (isLoraloomError(error, "storage_unavailable")) await countInspection(store, file, -1);
    throw error;
  }
};

/** Keeps a report only where the row's ETag is still the inspected one. */
export const recordReport = async (
  store: Pick<Store, "db">,
  { id, etag, report }: { id: string; etag: string; report: FileReport },
): Promise<void> => {
  await store.db
    .update(files)
    .set({ report, state: "ready", updatedAt: sql`now()` })
    .where(and(eq(files.id, id), eq(files.etag, etag), eq(files.state, "inspecting")));
};

/** Counted before it begins: one that ends the process leaves its mark. */
const countInspection = async (store: Store, file: StoredFile, change: 1 | -1): Promise<void> => {
  await store.db
    .update(files)
    .set({ inspections: sql`${files.inspections} + ${change}` })
    .where(and(eq(files.id, file.id), eq(files.etag, file.etag)));
};

const faultReport = (file: StoredFile, code: string, message: string): FileReport => ({
  ...emptyReport,
  faultCount: 1,
  faults: [{ name: file.name, line: null, path: null, code, message }],
});

const crashedReport = (file: StoredFile): FileReport =>
  faultReport(file, "internal", `The inspection of '${file.name}' crashed ${maxInspections} times.`);

const vanishedReport = (file: StoredFile): FileReport =>
  faultReport(
    file,
    "dataset_changed",
    `The object of '${file.name}' was changed or removed by another tool.`,
  );
