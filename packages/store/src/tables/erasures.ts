import { index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** Whose id stands in a tombstone's hash. */
export type ErasedKind = "user" | "avatar";

/** What was erased and may never come back: no id, only its hash. The object store has the same list. */
export const tombstones = pgTable("tombstones", {
  hash: text("hash").primaryKey(),
  kind: text("kind").$type<ErasedKind>().notNull(),
  erasedAt: moment("erased_at").notNull().defaultNow(),
});

/** Erasures whose objects are not all gone for good. The last sweep takes the row, and the id with it. */
export const erasures = pgTable(
  "erasures",
  {
    hash: text("hash")
      .primaryKey()
      .references(() => tombstones.hash),
    userId: text("user_id").notNull(),
    /** null: the whole user. */
    avatarId: text("avatar_id"),
    /** Whose bytes lie outside of the prefix that is emptied. */
    uploadIds: jsonb("upload_ids").$type<string[]>().notNull(),
    dueAt: moment("due_at").notNull().defaultNow(),
    /** One at once and one for what was still on its way. */
    sweepsLeft: integer("sweeps_left").notNull().default(2),
  },
  (table) => [index("erasures_due").on(table.dueAt)],
);
