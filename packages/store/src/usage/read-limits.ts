import { sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import { readAs, type Statement } from "../database/send-together.ts";
import type { Executor } from "../store.ts";
import { everybody, type LimitChanges, type LimitName } from "../tables/index.ts";

/** null: no limit. */
export type Limits = Record<LimitName, number | null>;

/** What holds where nobody set anything. */
export const unlimited: Limits = {
  concurrentRuns: null,
  queuedRuns: null,
  tokensPerDay: null,
  tokensPerMonth: null,
  gpuSecondsPerDay: null,
  gpuSecondsPerMonth: null,
  costPerMonth: null,
  storageBytes: null,
};

export const limitNames = Object.keys(unlimited) as LimitName[];

/** The limits of each of these users: their own, or else those of everybody. */
export const readLimits = async (db: Executor, userIds: string[]): Promise<Map<string, Limits>> =>
  limitsOf(db, userIds).execute();

/** The same, to be sent with others. */
export const limitsOf = (db: Executor, userIds: string[]): Statement<Map<string, Limits>> => {
  const select = () => selectLimits(db, { userIds: [everybody, ...userIds] });
  return readAs({ execute: select }, (rows) => {
    const changes = new Map(rows.map((row) => [row.userId, row.changes]));
    const merge = (own: LimitChanges = {}): Limits => ({ ...unlimited, ...changes.get(everybody), ...own });
    return new Map(userIds.map((userId) => [userId, merge(changes.get(userId))]));
  });
};

const selectLimits = prepared<{ userId: string; changes: LimitChanges }>(
  "read-limits",
  sql`select user_id as "userId", changes from limits where user_id = any(${sql.placeholder("userIds")}::text[])`,
);

export const readLimitsOf = async (db: Executor, userId: string): Promise<Limits> =>
  (await readLimits(db, [userId])).get(userId) ?? unlimited;

/** What is set for everybody alone. */
export const readDefaults = (db: Executor): Promise<Limits> => readLimitsOf(db, everybody);
