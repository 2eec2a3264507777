import { and, lt, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { idempotencyKeys } from "../tables/index.ts";
import { keptHours } from "./call.ts";

/** Removes keys whose answers are kept no longer. */
export const sweepIdempotencyKeys = async ({ db }: Store): Promise<void> => {
  const { createdAt, workingUntil } = idempotencyKeys;
  const old = lt(createdAt, sql`now() - make_interval(hours => ${keptHours})`);
  await db.delete(idempotencyKeys).where(and(old, lt(workingUntil, sql`now()`)));
};
