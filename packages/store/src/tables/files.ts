import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { FileKind, FlaggedKind } from "../keys/folders.ts";
import { avatars, users } from "./access.ts";
import { byteOrderedText, moment } from "./columns.ts";

/** `deleting`: its row is marked, its object may still be there. */
export type FileState = "inspecting" | "ready" | "deleting";
/**
 * How far a deletion goes where another tool wrote the object anew: a file that was named goes with whatever lies
 * there, one that was only not flagged stays as the new file that it is.
 */
export type Deletion = "named" | "unflagged";

/** One fault found in a file; `code` is of the one table of errors. */
export type StoredFault = {
  name: string;
  line: number | null;
  path: string | null;
  code: string;
  message: string;
};
export type FileReport = {
  format: string | null;
  /** What the format stands in. */
  compressed: "gzip" | null;
  rows: number;
  usableRows: number;
  faultCount: number;
  /** The first faults, up to a cap. */
  faults: StoredFault[];
  warningCount: number;
  /** The first duplicates, secrets and personal data, up to a cap; their rows stay usable. */
  warnings: StoredFault[];
  duplicates: number;
  /** Usable rows by what they are. */
  rowKinds: { messages: number; text: number; preference: number; labelled: number };
  /** Whose replies the rows of a dialog are. */
  speaker: string | null;
  /** Who speaks in dialogs, up to a cap. */
  speakers: { name: string; turns: number; replies: number; dialogs: number }[];
  dialogs: number;
  /** Those that nobody chooses a speaker for. */
  unassignedDialogs: number;
  /** Of all usable rows, in UTF-16 units. */
  characters: number;
  longestCharacters: number;
  /** Of documents that have pages. */
  pages: number | null;
};

/** Counted by the tokenizer of a base model. */
export type TokenCounts = {
  examples: number;
  total: number;
  /** Those that are learnt. */
  trained: number;
  /** Of the longest example. */
  longest: number;
  /** Rows that are longer than the usual length. */
  overLength: number;
};

export const files = pgTable(
  "files",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** null: a file of the user beside his avatars. */
    avatarId: text("avatar_id"),
    kind: text("kind").$type<FileKind>().notNull(),
    name: byteOrderedText("name").notNull(),
    used: boolean("used").notNull().default(true),
    state: text("state").$type<FileState>().notNull(),
    /** Of a file that is being deleted. */
    deletion: text("deletion").$type<Deletion>(),
    etag: text("etag").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    /** Hex; null until a side job has read bytes that came without one. */
    sha256: text("sha256"),
    contentType: text("content_type").notNull(),
    report: jsonb("report").$type<FileReport>(),
    /** null until a worker has counted them, and where none can. */
    tokens: jsonb("tokens").$type<TokenCounts>(),
    /** The base model whose tokenizer counted, or could not; null until then. */
    tokensBase: text("tokens_base"),
    /** Inspections begun on these bytes; one that crashes leaves its mark here. */
    inspections: integer("inspections").notNull().default(0),
    /** The value of `avatar_flags.rev` at this row's last flag change. */
    flagRev: bigint("flag_rev", { mode: "number" }).notNull().default(0),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [
    unique("files_name").on(table.userId, table.avatarId, table.kind, table.name).nullsNotDistinct(),
    index("files_bytes").on(table.userId, table.size).where(sql`state <> 'deleting'`),
    index("files_unfinished").on(table.updatedAt).where(sql`state <> 'ready' or sha256 is null`),
    index("files_uncounted")
      .on(table.updatedAt)
      .where(sql`tokens_base is null and kind in ('training_data', 'evaluation_data')`),
    foreignKey({ columns: [table.userId, table.avatarId], foreignColumns: [avatars.userId, avatars.id] }),
  ],
);

/** Pairs and no object: `__proto__` is a legal name. */
export type FlagEntries = [name: string, used: boolean][];

/** The projection `metadata.json` of a folder: what is due (`rev`) and what was last written. */
export const avatarFlags = pgTable(
  "avatar_flags",
  {
    userId: text("user_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    kind: text("kind").$type<FlaggedKind>().notNull(),
    /** Rises with each flag change, upload and deletion. */
    rev: bigint("rev", { mode: "number" }).notNull().default(0),
    writtenRev: bigint("written_rev", { mode: "number" }).notNull().default(0),
    /** Of the object as it was last written; null: it never was, or by a host from before this was noted. */
    writtenEtag: text("written_etag"),
    /** The first change that `metadata.json` doesn't show yet; without a meaning where it shows all. */
    dueAt: moment("due_at").notNull().defaultNow(),
    /** The dictionary as we last wrote or adopted it. */
    writtenFlags: jsonb("written_flags").$type<FlagEntries>().notNull().default([]),
    /** Flags that another tool wrote for names without a row; they are written back. */
    foreignFlags: jsonb("foreign_flags").$type<FlagEntries>().notNull().default([]),
  },
  (table) => [
    uniqueIndex("avatar_flags_folder").on(table.userId, table.avatarId, table.kind),
    foreignKey({ columns: [table.userId, table.avatarId], foreignColumns: [avatars.userId, avatars.id] }),
  ],
);
