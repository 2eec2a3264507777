import { and, asc, eq, lt, not, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { listUnprojectedAdapters } from "../adapters/index.ts";
import { findUncountedFiles, type TokenCounter } from "../files/count-tokens.ts";
import { isUnread } from "../files/inspection.ts";
import { neededByRun } from "../files/needed-by-run.ts";
import type { Store } from "../store.ts";
import { avatarFlags, files, uploads } from "../tables/index.ts";
import { findDueWebhooks } from "../webhooks/index.ts";
import type { QueueName, SideJobOptions } from "./queues.ts";

type Means = Pick<SideJobOptions, "tokenCounter" | "webhookPolicy">;
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
export const findDueWork = async (
  store: Store,
  { tokenCounter, webhookPolicy }: Means = {},
): Promise<DueJob[]> =>
  (
    await Promise.all([
      completingUploads(store),
      deletedFiles(store),
      uninspectedFiles(store),
      tokenCounter ? uncountedFiles(store, tokenCounter) : [],
      unprojectedFlags(store),
      unprojectedAdapters(store),
      webhookPolicy ? dueWebhooks(store) : [],
    ])
  ).flat();

const completingUploads = async ({ db }: Store): Promise<DueJob[]> => {
  const due = and(eq(uploads.state, "completing"), olderThan(uploads.completingAt, graceSeconds));
  const { id: uploadId, completingAt } = uploads;
  const found = db.select({ uploadId }).from(uploads).where(due).orderBy(asc(completingAt)).limit(batch);
  return jobsOf("finish-upload", await found);
};

const deletedFiles = async (store: Store): Promise<DueJob[]> =>
  jobsOf(
    "delete-file",
    await filesLeft(store, {
      which: and(eq(files.state, "deleting"), not(neededByRun(store.db))),
      graceSeconds,
    }),
  );

const uninspectedFiles = async (store: Store): Promise<DueJob[]> =>
  jobsOf("inspect-file", await filesLeft(store, { which: isUnread, graceSeconds: inspectionGraceSeconds }));

const uncountedFiles = async (store: Store, { defaultBase }: TokenCounter): Promise<DueJob[]> =>
  jobsOf("count-tokens", await findUncountedFiles(store, { defaultBase, limit: batch }));

type Left = { which: SQL | undefined; graceSeconds: number };

const filesLeft = ({ db }: Store, { which, graceSeconds }: Left): Promise<{ fileId: string }[]> => {
  const due = and(which, olderThan(files.updatedAt, graceSeconds));
  const { id: fileId, updatedAt } = files;
  return db.select({ fileId }).from(files).where(due).orderBy(asc(updatedAt)).limit(batch);
};

const unprojectedFlags = async ({ db }: Store): Promise<DueJob[]> => {
  const { userId, avatarId, kind, rev, writtenRev, dueAt } = avatarFlags;
  const found = db
    .select({ userId, avatarId, kind })
    .from(avatarFlags)
    .where(lt(writtenRev, rev))
    .orderBy(asc(dueAt))
    .limit(batch);
  return jobsOf("project-flags", await found);
};

const unprojectedAdapters = async (store: Store): Promise<DueJob[]> =>
  jobsOf("project-adapter", await listUnprojectedAdapters(store, batch));

const dueWebhooks = async (store: Store): Promise<DueJob[]> =>
  jobsOf("send-webhooks", await findDueWebhooks(store, batch));

const jobsOf = (queue: QueueName, found: DueJob["data"][]): DueJob[] =>
  found.map((data) => ({ queue, data }));
