import { sql } from "drizzle-orm";
import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
} from "drizzle-orm/pg-core";
import { avatars } from "./access.ts";
import { moment } from "./columns.ts";

export type AdapterState = "active" | "deleted";
export type VersionState = "candidate" | "current" | "previous" | "rejected";
/** One file of a version: its size in bytes and its SHA-256 in hex. */
export type VersionFile = { name: string; size: number; sha256: string };
export type VersionMetrics = {
  steps: number;
  tokens: number;
  seconds: number;
  finalLoss: number;
  heldOutBefore: number | null;
  heldOutAfter: number | null;
};

/** Orders what readers may see: a projection is only written over a lower number. */
export const publishSeq = pgSequence("publish_seq");

export const adapters = pgTable(
  "adapters",
  {
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    state: text("state").$type<AdapterState>().notNull(),
    baseModel: text("base_model").notNull(),
    /** Rises with each delete; a run of an older generation can't publish. */
    generation: integer("generation").notNull().default(1),
    currentVersion: text("current_version"),
    publishSeq: bigint("publish_seq", { mode: "number" }).notNull().default(0),
    /** The `publish_seq` that `current.json` and the plain copy are known to show. */
    projectedSeq: bigint("projected_seq", { mode: "number" }).notNull().default(0),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.avatarId] }),
    foreignKey({ columns: [table.userId, table.avatarId], foreignColumns: [avatars.userId, avatars.id] }),
    index("adapters_unprojected").on(table.userId).where(sql`projected_seq < publish_seq`),
  ],
);

export const versions = pgTable(
  "versions",
  {
    /** A ULID. */
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    generation: integer("generation").notNull(),
    state: text("state").$type<VersionState>().notNull(),
    runId: text("run_id").notNull(),
    engineKey: text("engine_key").notNull(),
    baseModel: text("base_model").notNull(),
    files: jsonb("files").$type<VersionFile[]>().notNull(),
    /** Variables of the chat template, fixed for this version; chat uses the same. */
    templateVariables: jsonb("template_variables").$type<Record<string, string>>().notNull(),
    metrics: jsonb("metrics").$type<VersionMetrics>().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    /** The `publish_seq` at which it was last made current; null for a candidate. */
    publishedSeq: bigint("published_seq", { mode: "number" }),
  },
  (table) => [
    index("versions_avatar").on(table.userId, table.avatarId, table.id),
    foreignKey({
      columns: [table.userId, table.avatarId],
      foreignColumns: [adapters.userId, adapters.avatarId],
    }),
  ],
);

/** Lineage: which bytes a version learned from. */
export const versionInputs = pgTable(
  "version_inputs",
  {
    versionId: text("version_id")
      .notNull()
      .references(() => versions.id),
    fileId: text("file_id").notNull(),
    name: text("name").notNull(),
    sha256: text("sha256").notNull(),
    role: text("role").$type<"train" | "evaluation">().notNull(),
  },
  (table) => [primaryKey({ columns: [table.versionId, table.role, table.fileId] })],
);
