import { foreignKey, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { avatars, users } from "./access.ts";
import { moment } from "./columns.ts";

export type ShareRole = "member" | "read-only";

/** What the owner of an avatar lets another user do with it. */
export const shares = pgTable(
  "shares",
  {
    ownerId: text("owner_id").notNull(),
    avatarId: text("avatar_id").notNull(),
    /** With whom. */
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role").$type<ShareRole>().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
    expiresAt: moment("expires_at"),
  },
  (table) => [
    primaryKey({ columns: [table.ownerId, table.avatarId, table.userId] }),
    index("shares_user").on(table.userId, table.ownerId, table.avatarId),
    foreignKey({
      columns: [table.ownerId, table.avatarId],
      foreignColumns: [avatars.userId, avatars.id],
    }).onDelete("cascade"),
  ],
);
