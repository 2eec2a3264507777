import { LoraloomError } from "@loraloom/errors";
import { and, desc, eq, getTableColumns, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { Answer } from "../gather.ts";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Database, Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { RunStatus } from "../tables/runs.ts";
import type { Run } from "./run.ts";

export const ofScope = ({ userId, avatarId }: AvatarScope, runId?: string): SQL | undefined =>
  and(eq(runs.userId, userId), eq(runs.avatarId, avatarId), runId ? eq(runs.id, runId) : undefined);

export const runNotFound = (runId: string): LoraloomError =>
  new LoraloomError("run_not_found", `There is no run '${runId}'.`, { details: { runId } });

/** @throws LoraloomError `run_not_found` */
export const getRun = async (
  store: Pick<Store, "runReads">,
  { userId, avatarId }: AvatarScope,
  runId: string,
): Promise<Run> => {
  const run = await findRunOfUser(store, userId, runId);
  if (run?.avatarId !== avatarId) throw runNotFound(runId);
  return run;
};

/** A run of whichever avatar of the user; `undefined`: the user has no such run. */
export const findRunOfUser = async (
  store: Pick<Store, "runReads">,
  userId: string,
  runId: string,
): Promise<Run | undefined> => {
  const run = await store.runReads("runs", runId);
  return run?.userId === userId ? run : undefined;
};

/** Reads runs by one query. */
export const findRunsTogether = async (db: Database, ids: string[]): Promise<Answer<Run | undefined>[]> => {
  const found = await runsOfIds(db).execute({ ids: [...new Set(ids)] });
  const byId = new Map(found.map((run) => [run.id, run]));
  return ids.map((id) => () => byId.get(id));
};

export const runsOfIds = preparedQuery((db) =>
  db
    .select()
    .from(runs)
    .where(sql`${runs.id} = any(${sql.placeholder("ids")}::text[])`)
    .prepare("find-runs"),
);

/** Which runs are listed; what is left out lists all. */
export type RunFilter = {
  status?: RunStatus[] | undefined;
  /** All of them. */
  tags?: string[] | undefined;
  /** A part of it, whatever the case. */
  name?: string | undefined;
  /** Started at this moment or later, and before that one. */
  since?: Date | undefined;
  until?: Date | undefined;
};

const isWanted = ({ status, tags, name, since, until }: RunFilter): SQL | undefined =>
  and(
    status && inArray(runs.status, status),
    tags && sql`${runs.tags} @> ${JSON.stringify(tags)}::jsonb`,
    name === undefined ? undefined : sql`position(lower(${name}) in lower(${runs.name})) > 0`,
    since && gte(runs.createdAt, since),
    until && lt(runs.createdAt, until),
  );

const { inputs: _, ...listedColumns } = getTableColumns(runs);

/** Without what it reads, which is megabytes for a run of thousands of files. */
export type ListedRun = Omit<Run, "inputs">;

const selectListed = (db: Pick<Database, "select">, wanted: SQL | undefined) =>
  db.select(listedColumns).from(runs).where(wanted).orderBy(desc(runs.id));

const newestRuns = preparedQuery((db) =>
  selectListed(
    db,
    and(eq(runs.userId, sql.placeholder("userId")), eq(runs.avatarId, sql.placeholder("avatarId"))),
  )
    .limit(sql.placeholder("limit"))
    .prepare("newest-runs"),
);

/** An avatar's runs, the newest first; `nextCursor` is null on the last page. */
export const listRuns = async (
  store: Store,
  scope: AvatarScope,
  { cursor, limit, ...filter }: PageRequest & RunFilter,
): Promise<{ runs: ListedRun[]; nextCursor: string | null }> => {
  const wanted = and(isWanted(filter), cursor ? lt(runs.id, cursor) : undefined);
  const rows = wanted
    ? await selectListed(store.db, and(ofScope(scope), wanted)).limit(limit + 1)
    : await newestRuns(store.db).execute({ ...scope, limit: limit + 1 });
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { runs: page, nextCursor };
};
