import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from "drizzle-orm/pg-core";
import { adapters } from "./adapters.ts";
import { moment } from "./columns.ts";
import type { RunConfig } from "./run-config.ts";
import type { MetricFigures, PreferenceFigures, RewardFigures } from "./run-figures.ts";
import type { LimitName } from "./usage.ts";

export type { RunConfig };
export type RunKind = "train";
export type RunStatus =
  | "queued"
  | "preparing"
  | "training"
  | "exporting"
  | "completed"
  | "failed"
  | "cancelled";
export type RunInput = {
  fileId: string;
  name: string;
  etag: string;
  sha256: string;
  role: "train" | "evaluation";
};
/** Where frozen rows lie: the key of `dataset.json` and its hash, which names the rows' hashes in turn. */
export type FrozenRows = {
  datasetKey: string;
  datasetSha256: string;
  rowsKey: string;
  rowsSha256: string;
  evaluationKey: string | null;
  evaluationSha256: string | null;
  examples: number;
  evaluationExamples: number;
  tokensTotal: number;
  longest: number;
  /** As chosen for this number of examples. */
  epochs: number;
  templateVariables: Record<string, string>;
};
/** A checkpoint: one object each, with its SHA-256 in hex. */
export type RunCheckpoint = {
  step: number;
  files: { name: string; key: string; size: number; sha256: string }[];
};
export type RunProgress = {
  step: number;
  steps: number;
  epoch: number;
  loss: number;
  learningRate: number;
  /** Before clipping. What may be left out came later: runs from before don't tell it. */
  gradientNorm?: number;
  tokens: number;
  tokensPerSecond: number;
  etaSeconds: number;
  preferences?: PreferenceFigures | null;
  /** GRPO: of the step's completions. */
  rewards?: RewardFigures | null;
};
/** The request that work began with, by which its log lines and spans are found. */
export type Origin = { requestId: string; traceparent?: string | undefined };
export type StoredError = {
  code: string;
  message: string;
  remedy: string;
  details?: Record<string, unknown>;
};

export const runs = pgTable(
  "runs",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<RunKind>().notNull().default("train"),
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    generation: integer("generation").notNull(),
    name: text("name"),
    tags: jsonb("tags").$type<string[]>().notNull().default([]),
    /** The run whose frozen rows it was given a copy of. */
    rerunOf: text("rerun_of"),
    engineKey: text("engine_key").notNull(),
    baseModel: text("base_model").notNull(),
    config: jsonb("config").$type<RunConfig>().notNull(),
    inputs: jsonb("inputs").$type<RunInput[]>().notNull(),
    /** Variables of the chat template that were asked for; the frozen rows hold the ones in use. */
    templateVariables: jsonb("template_variables").$type<Record<string, string>>().notNull().default({}),
    status: text("status").$type<RunStatus>().notNull().default("queued"),
    /** The fence: each claim adds one, and a writer with a lower number changes nothing. */
    attempt: integer("attempt").notNull().default(0),
    /** Leases lost or system faults since the last new checkpoint. */
    failures: integer("failures").notNull().default(0),
    /** The furthest step of any checkpoint when this attempt was claimed: what gets no further is no progress. */
    claimedStep: integer("claimed_step").notNull().default(0),
    /** The last step that it told before an engine crashed with it: until it is past that, it trains alone. null: it may have company. */
    crashedStep: integer("crashed_step"),
    workerId: text("worker_id"),
    leaseExpiresAt: moment("lease_expires_at"),
    /** A run claimed by nobody before this moment (a pause after a system fault). */
    notBefore: moment("not_before").notNull().defaultNow(),
    /** The limit of its user that it waits for, until `not_before` at the latest. */
    heldBy: text("held_by").$type<LimitName>(),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    /** Whether a cancelled run leaves a version of what it has learnt. */
    cancelKeeps: boolean("cancel_keeps").notNull().default(false),
    frozen: jsonb("frozen").$type<FrozenRows>(),
    checkpoint: jsonb("checkpoint").$type<RunCheckpoint>(),
    /** Recorded before the first file of the version is put. */
    versionId: text("version_id"),
    /** Versions once recorded whose attempt ended without publishing them: their objects are removed. */
    abandonedVersions: jsonb("abandoned_versions").$type<string[]>().notNull().default([]),
    progress: jsonb("progress").$type<RunProgress>(),
    /** The last step that was billed, whichever attempt did it; a step that is done again is no user's bill. */
    billedStep: integer("billed_step").notNull().default(0),
    billedTokens: bigint("billed_tokens", { mode: "number" }).notNull().default(0),
    /** All that were billed, those of the step after `billed_step` included. */
    billedSeconds: doublePrecision("billed_seconds").notNull().default(0),
    /** Of the step after `billed_step`, which is not done yet. */
    openSeconds: doublePrecision("open_seconds").notNull().default(0),
    /** What `billed_seconds` cost by the prices that were in force. */
    cost: doublePrecision("cost").notNull().default(0),
    heldOutBefore: doublePrecision("held_out_before"),
    heldOutAfter: doublePrecision("held_out_after"),
    error: jsonb("error").$type<StoredError>(),
    eventSeq: bigint("event_seq", { mode: "number" }).notNull().default(0),
    /** When objects that the row no longer names are removed next; null: there are none. */
    sweepDueAt: moment("sweep_due_at"),
    /** Sweeps still to come: one at once and one later, for a PUT that was still on its way. */
    sweepsLeft: integer("sweeps_left").notNull().default(0),
    /** null: a run from before this was noted, or one that a rebuild found. */
    origin: jsonb("origin").$type<Origin>(),
    createdAt: moment("created_at").notNull().defaultNow(),
    startedAt: moment("started_at"),
    finishedAt: moment("finished_at"),
    /** When the events of its steps were removed, which nobody asks for after months. */
    stepsForgottenAt: moment("steps_forgotten_at"),
    /** When what it had read was erased: its frozen rows and checkpoints are gone. */
    erasedAt: moment("erased_at"),
  },
  (table) => [
    index("runs_avatar").on(table.userId, table.avatarId, table.id),
    index("runs_waiting")
      .on(table.engineKey, table.userId, table.createdAt, table.notBefore)
      .where(sql`status = 'queued'`),
    index("runs_ending").on(table.engineKey).where(sql`status = 'queued' and cancel_requested`),
    index("runs_working").on(table.userId).where(sql`status in ('preparing', 'training', 'exporting')`),
    index("runs_held").on(table.userId).where(sql`held_by is not null`),
    index("runs_leases").on(table.leaseExpiresAt).where(sql`lease_expires_at is not null`),
    index("runs_finished").on(table.finishedAt),
    index("runs_steps_kept").on(table.finishedAt).where(sql`steps_forgotten_at is null`),
    index("runs_sweeps").on(table.sweepDueAt).where(sql`sweep_due_at is not null`),
    foreignKey({
      columns: [table.userId, table.avatarId],
      foreignColumns: [adapters.userId, adapters.avatarId],
    }),
  ],
);

/** What a watcher sees, numbered without a gap under the run's row lock. */
export const runEvents = pgTable(
  "run_events",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    seq: bigint("seq", { mode: "number" }).notNull(),
    at: moment("at").notNull().defaultNow(),
    attempt: integer("attempt").notNull(),
    type: text("type").notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

/** One row a step and split; after a resume the last attempt wins a step. */
export const runMetrics = pgTable(
  "run_metrics",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    split: text("split").$type<"train" | "held_out">().notNull(),
    step: integer("step").notNull(),
    attempt: integer("attempt").notNull(),
    at: moment("at"),
    epoch: doublePrecision("epoch"),
    loss: doublePrecision("loss").notNull(),
    learningRate: doublePrecision("learning_rate"),
    gradientNorm: doublePrecision("gradient_norm"),
    tokens: bigint("tokens", { mode: "number" }).notNull(),
    tokensPerSecond: doublePrecision("tokens_per_second"),
    /** What only some methods tell; null: nothing of it. */
    figures: jsonb("figures").$type<MetricFigures>(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.split, table.step] })],
);
