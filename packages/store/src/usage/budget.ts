import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../store.ts";
import type { LimitName } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { limitOf } from "./limit-of.ts";
import type { ReachedLimit } from "./limit-reached.ts";
import { type Limits, readLimitsOf } from "./read-limits.ts";
import { type PeriodUsage, readUsage, type Usage } from "./read-usage.ts";

type Spent = { limit: LimitName; period: keyof Usage; amount: keyof Omit<PeriodUsage, "resetsAt"> };

/** Those that reset later come first: whoever is told of a limit is not to meet the next one tomorrow. */
const spent: Spent[] = [
  { limit: "costPerMonth", period: "month", amount: "cost" },
  { limit: "gpuSecondsPerMonth", period: "month", amount: "gpuSeconds" },
  { limit: "tokensPerMonth", period: "month", amount: "tokens" },
  { limit: "gpuSecondsPerDay", period: "day", amount: "gpuSeconds" },
  { limit: "tokensPerDay", period: "day", amount: "tokens" },
];

/** A limit that resets. */
export type SpentLimit = ReachedLimit & { resetsAt: Date };

/** The limit of tokens, seconds or money that a user has reached, if any. */
export const findSpentLimit = async (db: Executor, userId: string): Promise<SpentLimit | undefined> =>
  findSpentOf(db, userId, await readLimitsOf(db, userId));

/** The same of limits that were read already. */
export const findSpentOf = async (
  db: Executor,
  userId: string,
  limits: Limits,
): Promise<SpentLimit | undefined> => {
  if (spent.every(({ limit }) => limits[limit] === null)) return undefined;
  return spentLimitOf(limits, await readUsage(db, userId));
};

const spentLimitOf = (limits: Limits, usage: Usage): SpentLimit | undefined => {
  const reached = spent.flatMap(({ limit, period, amount }) => {
    const { [amount]: used, resetsAt } = usage[period];
    const value = limits[limit];
    return value !== null && used >= value ? [{ limit, value, used, resetsAt }] : [];
  });
  return reached[0];
};

const columns = { tokens: "tokens", gpuSeconds: "gpu_seconds", cost: "cost" } as const;

/** Whether {@link findSpentLimit} finds one, for a statement about many users. */
export const hasSpent = (userId: SQL): SQL => {
  const since = (period: keyof Usage) => sql`date_trunc(${sql.raw(`'${period}'`)}, now(), 'UTC')`;
  const isReached = spent.map(({ limit, period, amount }) => {
    const used = sql`sum(${sql.raw(columns[amount])}) filter (where hour >= ${since(period)})`;
    return sql`coalesce(${used}, 0) >= ${limitOf(limit, userId)}`;
  });
  return sql`exists (select from usage_ledger where user_id = ${userId} and hour >= ${since("month")}
    having ${sql.join(isReached, sql` or `)})`;
};

/** Any fixed number: while runs are made to wait for a limit nobody sets it anew, and the other way round. */
const holdingLock = 4_118_530_261;

/**
 * As {@link findSpentLimit}, for who lets runs wait for it in this transaction: a limit that is set in the same moment
 * is seen here, or finds those runs waiting.
 */
export const lockSpentLimit = async (tx: Transaction, userId: string): Promise<SpentLimit | undefined> => {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${holdingLock})`);
  return findSpentLimit(tx, userId);
};

/** Waits for those who use {@link lockSpentLimit}, and keeps others from it until the transaction ends. */
export const lockHolding = async (tx: Transaction): Promise<void> => {
  await tx.execute(sql`select pg_advisory_xact_lock(${holdingLock})`);
};
