import { bigint, boolean, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export type WorkerState = "starting" | "ready" | "draining" | "switching";
export type WorkerRole = "train" | "serve";
/** A base that a worker can hold; `refusal`: why it can't after all. */
export type WorkerBase = {
  engineKey: string;
  refusal: { code: string; message: string; remedy: string } | null;
};

/** Live workers: where their gateway answers and which base they hold. */
export const workers = pgTable(
  "workers",
  {
    id: text("id").primaryKey(),
    url: text("url").notNull(),
    /** The base that it holds. */
    engineKey: text("engine_key").notNull(),
    /** The base that it changes to; null: it keeps the one it holds. */
    nextEngineKey: text("next_engine_key"),
    /** All that it can hold, one at a time. */
    bases: jsonb("bases").$type<WorkerBase[]>().notNull().default([]),
    roles: jsonb("roles").$type<WorkerRole[]>().notNull(),
    state: text("state").$type<WorkerState>().notNull(),
    /** An operator's wish, which the worker follows: it takes nothing new, and hands back what it has. */
    drainRequested: boolean("drain_requested").notNull().default(false),
    slots: integer("slots").notNull(),
    freeMemoryBytes: bigint("free_memory_bytes", { mode: "number" }),
    /** Measured training rate; null until a run has been trained. */
    tokensPerSecond: integer("tokens_per_second"),
    device: text("device"),
    /** Its requests to the object store that failed since it started; null: a worker from before this was told. */
    objectFailures: bigint("object_failures", { mode: "number" }),
    /** Those that it sent again. */
    objectRetries: bigint("object_retries", { mode: "number" }),
    startedAt: moment("started_at").notNull().defaultNow(),
    heartbeatAt: moment("heartbeat_at").notNull().defaultNow(),
  },
  (table) => [index("workers_engine_key").on(table.engineKey, table.heartbeatAt)],
);

/** Bases that calls waited for while no worker held them. */
export const awaitedBases = pgTable("awaited_bases", {
  engineKey: text("engine_key").primaryKey(),
  since: moment("since").notNull().defaultNow(),
  /** Of the last call that waited for it. */
  askedAt: moment("asked_at").notNull().defaultNow(),
});
