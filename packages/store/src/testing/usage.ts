import { eq, sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { usageLedger } from "../tables/index.ts";

type Used = { userId: string; tokens?: number; gpuSeconds?: number; cost?: number; hoursAgo?: number };

/** What a user has used besides, as the ledger has it. */
export const addUsage = async (
  { db }: Pick<Store, "db">,
  { userId, tokens = 0, gpuSeconds = 0, cost = 0, hoursAgo = 0 }: Used,
): Promise<void> => {
  const hour = sql`date_trunc('hour', now() - make_interval(hours => ${hoursAgo}), 'UTC')`;
  await db
    .insert(usageLedger)
    .values({ userId, hour, tokens, gpuSeconds, cost })
    .onConflictDoUpdate({
      target: [usageLedger.userId, usageLedger.hour],
      set: {
        tokens: sql`${usageLedger.tokens} + ${tokens}`,
        gpuSeconds: sql`${usageLedger.gpuSeconds} + ${gpuSeconds}`,
        cost: sql`${usageLedger.cost} + ${cost}`,
      },
    });
};

/** All that the ledger says of a user. */
export const ledgerOf = async ({ db }: Pick<Store, "db">, userId: string) => {
  const rows = await db.select().from(usageLedger).where(eq(usageLedger.userId, userId));
  const sumOf = (name: "tokens" | "gpuSeconds" | "cost") => rows.reduce((sum, row) => sum + row[name], 0);
  return { tokens: sumOf("tokens"), gpuSeconds: sumOf("gpuSeconds"), cost: sumOf("cost") };
};
