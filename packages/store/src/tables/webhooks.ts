import { sql } from "drizzle-orm";
import { bigint, foreignKey, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import type { SealedSecret } from "../secrets/index.ts";
import { users } from "./access.ts";
import { moment } from "./columns.ts";

/** Where a user wants to be told of the states of runs. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** May hold a password of the receiver's: it is shown to the user alone and never logged. */
    url: text("url").notNull(),
    /** Types of events. */
    events: jsonb("events").$type<string[]>().notNull(),
    /** Of one avatar only; null: of all. */
    avatarId: text("avatar_id"),
    /** What its messages are signed with. */
    sealed: jsonb("sealed").$type<SealedSecret>().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    /** Since when nothing is sent; null: it is on. */
    disabledAt: moment("disabled_at"),
    /** Tries that failed in a row, and until when nothing is tried because of them. */
    failures: integer("failures").notNull().default(0),
    restsUntil: moment("rests_until"),
  },
  (table) => [index("webhooks_user").on(table.userId, table.id)],
);

export type DeliveryState = "pending" | "delivered" | "dead";
/** One try to deliver. */
export type DeliveryTry = {
  /** ISO 8601. */
  at: string;
  milliseconds: number;
  /** null: there was no answer. */
  status: number | null;
  /** The first characters of the answer's body that can be printed. */
  answer: string;
  /** Why there was no answer; null: there was one. */
  error: string | null;
};
/** What a run was when it changed; the message is made of it. */
export type DeliveryFacts = {
  at: string;
  runId: string | null;
  userId: string;
  avatarId: string | null;
  name: string | null;
  seq: number | null;
  attempt: number | null;
  status: string | null;
  versionId: string | null;
  errorCode: string | null;
  createdAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
};

/** The outbox: what is to be sent, written by the transaction that changes the run; afterwards its log. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: text("id").primaryKey(),
    webhookId: text("webhook_id").notNull(),
    /** null: of no run, as of a test. */
    runId: text("run_id"),
    eventSeq: bigint("event_seq", { mode: "number" }),
    avatarId: text("avatar_id"),
    type: text("type").notNull(),
    facts: jsonb("facts").$type<DeliveryFacts>().notNull(),
    state: text("state").$type<DeliveryState>().notNull().default("pending"),
    /** Tries since it was put here or called for again. */
    tries: integer("tries").notNull().default(0),
    dueAt: moment("due_at").notNull().defaultNow(),
    /** The claim of whoever is sending, which fences off an older one, and until when it holds. */
    claim: text("claim"),
    claimedUntil: moment("claimed_until"),
    log: jsonb("log").$type<DeliveryTry[]>().notNull().default([]),
    createdAt: moment("created_at").notNull().defaultNow(),
    endedAt: moment("ended_at"),
  },
  (table) => [
    index("webhook_deliveries_due").on(table.dueAt).where(sql`state = 'pending'`),
    index("webhook_deliveries_webhook").on(table.webhookId, table.id),
    index("webhook_deliveries_ended").on(table.endedAt).where(sql`ended_at is not null`),
    uniqueIndex("webhook_deliveries_event").on(table.webhookId, table.runId, table.eventSeq),
    foreignKey({ columns: [table.webhookId], foreignColumns: [webhooks.id] }).onDelete("cascade"),
  ],
);
