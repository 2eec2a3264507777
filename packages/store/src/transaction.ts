import type { NodePgDatabase } from "drizzle-orm/node-postgres";

/** What a function needs that writes as a part of somebody else's transaction. */
export type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];
