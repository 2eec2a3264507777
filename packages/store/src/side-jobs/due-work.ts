import { and, asc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { listUnprojectedAdapters } from "../adapters/index.ts";
import type { Store } from "../store.ts";
import { avatarFlags, files, uploads } from "../tables/index.ts";
import type { QueueName } from "./queues.ts";

export type DueJob = { queue: QueueName; data: Record<string, string> };

/** So long is work left to the process that began it. */
const graceSeconds = 5;
/** A large file's inspection by the process that took it may still go on. */
const inspectionGraceSeconds = 15;
/** Of each kind, for one look. */
const batch = 200;

const olderThan = (column: AnyPgColumn, seconds: number): SQL =>
  lt(column, sql`now() - make_interval(secs => ${seconds})`);

/**
 * What the tables say is not at its end yet, whoever began it and whatever became of him: of each kind the
 * oldest first, so that nothing waits for ever behind newer work.
 */
export const findDueWork = async (store: Store): Promise<DueJob[]> =>
  (
    await Promise.all([
      completingUploads(store),
      deletedFiles(store),
      uninspectedFiles(store),
      unprojectedFlags(store),
      unprojectedAdapters(store),
    ])
  ).flat();

const completingUploads = async ({ db }: Store): Promise<DueJob[]> => {
  const due = and(eq(uploads.state, "completing"), olderThan(uploads.completingAt, graceSeconds));
  const found = await db
    .select({ uploadId: uploads.id })
    .from(uploads)
    .where(due)
    .orderBy(asc(uploads.completingAt))
    .limit(batch);
  return found.map((data) => ({ queue: "finish-upload", data }));
};

const deletedFiles = async ({ db }: Store): Promise<DueJob[]> => {
  const due = and(eq(files.state, "deleting"), olderThan(files.updatedAt, graceSeconds));
  const found = await db
    .select({ fileId: files.id })
    .from(files)
    .where(due)
    .orderBy(asc(files.updatedAt))
    .limit(batch);
  return found.map((data) => ({ queue: "delete-file", data }));
};

const uninspectedFiles = async ({ db }: Store): Promise<DueJob[]> => {
  const due = and(eq(files.state, "inspecting"), olderThan(files.updatedAt, inspectionGraceSeconds));
  const found = await db
    .select({ fileId: files.id })
    .from(files)
    .where(due)
    .orderBy(asc(files.updatedAt))
    .limit(batch);
  return found.map((data) => ({ queue: "inspect-file", data }));
};

const unprojectedFlags = async ({ db }: Store): Promise<DueJob[]> => {
  const { userId, avatarId, rev, writtenRev, dueAt } = avatarFlags;
  const found = await db
    .select({ userId, avatarId })
    .from(avatarFlags)
    .where(lt(writtenRev, rev))
    .orderBy(asc(dueAt))
    .limit(batch);
  return found.map((data) => ({ queue: "project-flags", data }));
};

const unprojectedAdapters = async (store: Store): Promise<DueJob[]> => {
  const found = await listUnprojectedAdapters(store, batch);
  return found.map((data) => ({ queue: "project-adapter", data }));
};
