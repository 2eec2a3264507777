import type { NodePgTransaction } from "drizzle-orm/node-postgres";
import type pg from "pg";
import type { Connection } from "./store.ts";

/** What a function needs that writes as a part of somebody else's transaction. */
export type Transaction = NodePgTransaction<Record<string, never>, Record<string, never>> & {
  $client: Connection & Pick<pg.PoolClient, "connection">;
};
