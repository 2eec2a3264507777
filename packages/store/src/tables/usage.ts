import { bigint, doublePrecision, index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** What was used of the engines, by user and hour (UTC): days, months and the queue's window are sums of these rows. */
export const usageLedger = pgTable(
  "usage_ledger",
  {
    userId: text("user_id").notNull(),
    /** Its beginning. */
    hour: moment("hour").notNull(),
    tokens: bigint("tokens", { mode: "number" }).notNull(),
    gpuSeconds: doublePrecision("gpu_seconds").notNull(),
    /** By the price that was in force; 0 while there was none. */
    cost: doublePrecision("cost").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.hour] }), index("usage_ledger_hour").on(table.hour)],
);

/** What a user may use at most. */
export type LimitName =
  | "concurrentRuns"
  | "queuedRuns"
  | "tokensPerDay"
  | "tokensPerMonth"
  | "gpuSecondsPerDay"
  | "gpuSecondsPerMonth"
  | "costPerMonth"
  | "storageBytes";
/** null: no limit. A name that is left out is as it is for everybody. */
export type LimitChanges = { [Name in LimitName]?: number | null };

/** Limits of one user, or under {@link everybody} those of all who have none of their own. */
export const limits = pgTable("limits", {
  userId: text("user_id").primaryKey(),
  changes: jsonb("changes").$type<LimitChanges>().notNull(),
  updatedAt: moment("updated_at").notNull().defaultNow(),
});

/** No user's id: those have no asterisk. */
export const everybody = "*";
