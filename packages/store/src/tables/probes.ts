import { jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** What a probe found out about a bucket: kept, so that it is not repeated at each start. */
export const storageProbes = pgTable("storage_probes", {
  /** Endpoint and bucket. */
  place: text("place").primaryKey(),
  /** What the store can't do and the design can do without. */
  warnings: jsonb("warnings").$type<string[]>().notNull(),
  probedAt: moment("probed_at").notNull().defaultNow(),
});
