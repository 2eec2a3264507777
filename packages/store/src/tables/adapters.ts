import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
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
  /** Whether fewer steps were taken than planned, since the held-out loss no longer fell. */
  stoppedEarly?: boolean | undefined;
  /** With early stopping the step whose weights these are, and whose loss `heldOutAfter` is. */
  bestStep?: number | null | undefined;
};

/** How a version came out of another one: its bytes are the other's, or its training began with them. */
export type Descent = "restored" | "warm-start";
/** PEFT's files, or those of a whole model as Hugging Face has them. */
export type VersionKind = "adapter" | "model";
export type VersionInput = { fileId: string; name: string; sha256: string; role: "train" | "evaluation" };
export type VersionParent = { version: string; how: Descent };
/** What `manifest.json` says of a version beside what nobody here reads. */
export type VersionManifest = {
  version: string;
  runId: string;
  generation: number;
  baseModel: string;
  engineKey: string;
  kind: VersionKind;
  files: VersionFile[];
  templateVariables: Record<string, string>;
  metrics: VersionMetrics;
  /** The bytes that it learned from and was measured on. */
  inputs: VersionInput[];
  parents: VersionParent[];
  /** The backup that it was restored from. */
  restoredFrom: string | null;
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
    /** The run that trained it; of a restored version that of the avatar it was backed up from. */
    runId: text("run_id").notNull(),
    engineKey: text("engine_key").notNull(),
    baseModel: text("base_model").notNull(),
    files: jsonb("files").$type<VersionFile[]>().notNull(),
    /** Variables of the chat template, fixed for this version; chat uses the same. */
    templateVariables: jsonb("template_variables").$type<Record<string, string>>().notNull(),
    metrics: jsonb("metrics").$type<VersionMetrics>().notNull(),
    /** The backup that it was restored from. */
    restoredFrom: text("restored_from"),
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
  (table) => [
    primaryKey({ columns: [table.versionId, table.role, table.fileId] }),
    index("version_inputs_sha256").on(table.sha256),
  ],
);

/** Lineage: which versions a version came out of. The parent may be another avatar's, or gone. */
export const versionParents = pgTable(
  "version_parents",
  {
    versionId: text("version_id")
      .notNull()
      .references(() => versions.id),
    parentId: text("parent_id").notNull(),
    how: text("how").$type<Descent>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.versionId, table.parentId] }),
    index("version_parents_parent").on(table.parentId),
  ],
);

/** Copies of versions that outlive the adapter. A row is there once all its objects are. */
export const backups = pgTable(
  "backups",
  {
    /** A ULID. */
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    versionId: text("version_id").notNull(),
    /** The version's state when it was backed up. */
    versionState: text("version_state").$type<VersionState>().notNull(),
    baseModel: text("base_model").notNull(),
    /** Of its files. */
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    manifest: jsonb("manifest").$type<VersionManifest>().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("backups_avatar").on(table.userId, table.avatarId, table.id),
    index("backups_version").on(table.versionId),
    foreignKey({ columns: [table.userId, table.avatarId], foreignColumns: [avatars.userId, avatars.id] }),
  ],
);

/** Archives of versions, made once and used again until they expire. */
export const exports = pgTable(
  "exports",
  {
    /** A ULID. */
    id: text("id").primaryKey(),
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    versionId: text("version_id")
      .notNull()
      .references(() => versions.id),
    size: bigint("size", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [index("exports_version").on(table.versionId), index("exports_expiry").on(table.expiresAt)],
);

/** Prefixes whose objects belong to nothing that anybody sees: not yet, or no more. */
export const stagedPrefixes = pgTable(
  "staged_prefixes",
  {
    prefix: text("prefix").primaryKey(),
    /** From then on its objects are removed. */
    dueAt: moment("due_at").notNull(),
    /** Whoever still writes there can't show it to anybody any more. */
    abandoned: boolean("abandoned").notNull().default(false),
    /** One when it is due and one later, for a PUT that was still on its way. */
    sweepsLeft: integer("sweeps_left").notNull().default(2),
  },
  (table) => [index("staged_prefixes_due").on(table.dueAt)],
);
