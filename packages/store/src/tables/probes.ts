import { boolean, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** What a probe found out about a bucket: kept, so that it is not repeated at each start. */
export const storageProbes = pgTable("storage_probes", {
  /** Endpoint and bucket. */
  place: text("place").primaryKey(),
  /** What the store can't do and the design can do without. */
  warnings: jsonb("warnings").$type<string[]>().notNull(),
  /** Whether a PUT on a condition that does not hold is refused; null: probed by a host that did not note it. */
  refusesStalePut: boolean("refuses_stale_put"),
  probedAt: moment("probed_at").notNull().defaultNow(),
});
