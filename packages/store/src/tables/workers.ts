import { bigint, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

export type WorkerState = "starting" | "ready" | "draining";
export type WorkerRole = "train" | "serve";

/** Live workers: where their gateway answers and which base they hold. */
export const workers = pgTable(
  "workers",
  {
    id: text("id").primaryKey(),
    url: text("url").notNull(),
    engineKey: text("engine_key").notNull(),
    roles: jsonb("roles").$type<WorkerRole[]>().notNull(),
    state: text("state").$type<WorkerState>().notNull(),
    slots: integer("slots").notNull(),
    freeMemoryBytes: bigint("free_memory_bytes", { mode: "number" }),
    /** Measured training rate; null until a run has been trained. */
    tokensPerSecond: integer("tokens_per_second"),
    device: text("device"),
    startedAt: moment("started_at").notNull().defaultNow(),
    heartbeatAt: moment("heartbeat_at").notNull().defaultNow(),
  },
  (table) => [index("workers_engine_key").on(table.engineKey, table.heartbeatAt)],
);
