import { and, type SQL, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { FileKind, FileScope } from "../keys/index.ts";
import type { Database, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { ofGivenAvatar, ofScope } from "./in-folder.ts";

export type FolderSummary = {
  count: number;
  bytes: number;
  used: number;
  unused: number;
  /** Files with at least one fault in their report. */
  withFaults: number;
  inspecting: number;
  ready: number;
  /** Of the files that were inspected. */
  rows: number;
  /** Trained and not; null while there is a file whose tokens nobody has counted. */
  tokens: number | null;
};

/** What an avatar, or a user beside his avatars, has in each folder that holds a file. */
export const summarizeFiles = async (
  store: Store,
  scope: FileScope,
): Promise<Map<FileKind, FolderSummary>> => {
  const counted =
    scope.avatarId === null
      ? await selectCounts(store.db, ofScope(files, scope))
      : await countsOfAvatar(store.db).execute({ ...scope });
  return new Map(counted.map(({ kind, ...summary }) => [kind, summary]));
};

const countWhere = (condition: ReturnType<typeof sql>) =>
  sql<number>`(count(*) filter (where ${condition}))::int`;

const counts = {
  count: sql<number>`count(*)::int`,
  bytes: sql<number>`sum(${files.size})::float8`,
  used: countWhere(sql`${files.used}`),
  unused: countWhere(sql`not ${files.used}`),
  withFaults: countWhere(sql`(${files.report}->>'faultCount')::int > 0`),
  inspecting: countWhere(sql`${files.state} = 'inspecting'`),
  ready: countWhere(sql`${files.state} = 'ready'`),
  rows: sql<number>`coalesce(sum((${files.report}->>'rows')::bigint), 0)::float8`,
  tokens: sql<
    number | null
  >`case when count(*) = count(${files.tokens}) then sum((${files.tokens}->>'total')::bigint)::float8 end`,
};

const selectCounts = (db: Pick<Database, "select">, ofOne: SQL | undefined) =>
  db
    .select({ kind: files.kind, ...counts })
    .from(files)
    .where(and(ofOne, sql`${files.state} <> 'deleting'`))
    .groupBy(files.kind)
    .orderBy(files.kind);

const countsOfAvatar = preparedQuery((db) => selectCounts(db, ofGivenAvatar).prepare("counts-of-avatar"));

export const emptySummary: FolderSummary = {
  count: 0,
  bytes: 0,
  used: 0,
  unused: 0,
  withFaults: 0,
  inspecting: 0,
  ready: 0,
  rows: 0,
  tokens: 0,
};
