import { jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { SealedSecret } from "../secrets/sealed-secret.ts";
import { users } from "./access.ts";
import { moment } from "./columns.ts";

/** Secrets that users gave us for services elsewhere. What they are is under a key that is not in the database. */
export const userSecrets = pgTable(
  "user_secrets",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    /** Another one each time that it is set: an older sealed form does not open in its place. */
    id: text("id").notNull(),
    sealed: jsonb("sealed").$type<SealedSecret>().notNull(),
    setAt: moment("set_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.name] })],
);
