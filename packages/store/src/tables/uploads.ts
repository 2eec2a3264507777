import { sql } from "drizzle-orm";
import { bigint, boolean, foreignKey, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import type { FileKind } from "../keys/folders.ts";
import { avatars, users } from "./access.ts";
import { byteOrderedText, moment } from "./columns.ts";

/** `completing`: accepted; it will be carried to its end and does not expire. */
export type UploadState = "open" | "completing" | "completed" | "failed" | "expired" | "aborted";

export const uploads = pgTable(
  "uploads",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    /** null: a file of the user beside his avatars. */
    avatarId: text("avatar_id"),
    kind: text("kind").$type<FileKind>().notNull(),
    name: byteOrderedText("name").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    contentType: text("content_type").notNull(),
    /** Hex; null: nobody knows it yet. */
    sha256: text("sha256"),
    /** null: a replaced name keeps its flag, a new one is true. */
    useForTraining: boolean("use_for_training"),
    state: text("state").$type<UploadState>().notNull(),
    fileId: text("file_id"),
    /** Bytes of every part but the last one; null: the file comes in one piece. */
    partSize: bigint("part_size", { mode: "number" }),
    /** The object store's id of an upload in parts. */
    multipartId: text("multipart_id"),
    /** SHA-256 in hex by the number of the part, as it was signed first; no other one is signed for it. */
    partHashes: jsonb("part_hashes").$type<Record<number, string>>().notNull().default({}),
    /** When the last URL that was signed for it ends. */
    urlsEndAt: moment("urls_end_at").notNull().defaultNow(),
    attempts: integer("attempts").notNull().default(0),
    createdAt: moment("created_at").notNull().defaultNow(),
    completingAt: moment("completing_at"),
    /** When what a kept URL may have put after the end was removed. */
    sweptAt: moment("swept_at"),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("uploads_state").on(table.state, table.expiresAt),
    index("uploads_coming").on(table.userId).where(sql`state in ('open', 'completing')`),
    index("uploads_name").on(table.userId, table.avatarId, table.kind, table.name),
    foreignKey({ columns: [table.userId, table.avatarId], foreignColumns: [avatars.userId, avatars.id] }),
  ],
);
