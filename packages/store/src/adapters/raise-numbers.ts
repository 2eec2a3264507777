import { and, eq, sql } from "drizzle-orm";
import type { Database, Executor } from "../store.ts";
import { adapters, runs, versions } from "../tables/index.ts";
import { type Adapter, adapterOf } from "./lock-adapter.ts";
import type { Pointer } from "./pointer.ts";

/** From now on every new `publish_seq` is higher than the found one. */
export const raiseSequence = (db: Database, found: number): Promise<void> =>
  db.transaction(async (tx) => {
    // Changes nothing and keeps others from taking a number meanwhile, which `setval` would give out again.
    await tx.execute(sql`alter sequence publish_seq increment by 1`);
    await tx.execute(sql`
      select setval('publish_seq', ${found}) from publish_seq
      where last_value < ${found} or (last_value = ${found} and not is_called)`);
  });

/**
 * Brings an adapter's `publish_seq` and generation above those that were found in the store, unless it has changed
 * since it was read.
 */
export const raiseNumbers = async (db: Database, adapter: Adapter, found: Pointer): Promise<void> => {
  // On its own: whoever publishes holds the adapter's row while he waits for a number.
  await raiseSequence(db, found.publish_seq);
  await db.transaction(async (tx) => {
    const [raised] = await tx
      .update(adapters)
      .set({
        publishSeq: sql`nextval('publish_seq')`,
        generation: adapter.generation < found.generation ? found.generation + 1 : adapter.generation,
      })
      .where(and(adapterOf(adapter), eq(adapters.publishSeq, adapter.publishSeq)))
      .returning();
    if (raised && raised.generation !== adapter.generation)
      await moveGeneration(tx, adapter, raised.generation);
  });
};

/** What belonged to the adapter still does. */
const moveGeneration = async (
  tx: Executor,
  { userId, avatarId, generation }: Adapter,
  to: number,
): Promise<void> => {
  for (const table of [versions, runs]) {
    const ofAdapter = and(eq(table.userId, userId), eq(table.avatarId, avatarId));
    await tx
      .update(table)
      .set({ generation: to })
      .where(and(ofAdapter, eq(table.generation, generation)));
  }
};
