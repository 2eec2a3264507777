import { LoraloomError } from "@loraloom/errors";
import { and, eq, not, sql } from "drizzle-orm";
import type { Executor, Store } from "../store.ts";
import { stagedPrefixes } from "../tables/index.ts";

/** So long after its writer was last alive is a prefix swept. */
const writingHours = 1;
/** Models of many gigabytes take hours to be copied and read back. */
const renewalMilliseconds = 10 * 60_000;

/**
 * Writes objects below a prefix that nobody sees yet: if the work fails or its process ends, they are swept. The
 * work ends with a transaction that shows them and calls {@link claimPrefix}.
 *
 * @throws what the work throws
 */
export const whileStaged = async <Result>(
  store: Store,
  prefix: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  await stagePrefix(store.db, prefix);
  const renewal = setInterval(() => renewPrefix(store, prefix), renewalMilliseconds);
  try {
    return await work();
  } catch (error) {
    await abandonPrefix(store.db, prefix).catch((failure) =>
      store.log.warn({ error: failure, prefix }, "what was written in vain is swept an hour later"),
    );
    throw error;
  } finally {
    clearInterval(renewal);
  }
};

/** Notes that objects are about to be written below a prefix. */
export const stagePrefix = async (db: Executor, prefix: string): Promise<void> => {
  await db.insert(stagedPrefixes).values({ prefix, dueAt: later });
};

const later = sql`now() + make_interval(hours => ${writingHours})`;

const renewPrefix = async ({ db, log }: Store, prefix: string): Promise<void> => {
  const isWritten = and(eq(stagedPrefixes.prefix, prefix), not(stagedPrefixes.abandoned));
  try {
    await db.update(stagedPrefixes).set({ dueAt: later }).where(isWritten);
  } catch (error) {
    log.warn({ error, prefix }, "what is being written could not be renewed, which is tried again");
  }
};

/**
 * The objects below a prefix belong to what this transaction shows.
 *
 * @throws LoraloomError `storage_unavailable` where it took so long that they were given up
 */
export const claimPrefix = async (tx: Executor, prefix: string): Promise<void> => {
  const claimed = await tx
    .delete(stagedPrefixes)
    .where(and(eq(stagedPrefixes.prefix, prefix), not(stagedPrefixes.abandoned)))
    .returning({ prefix: stagedPrefixes.prefix });
  if (claimed.length > 0) return;
  throw new LoraloomError(
    "storage_unavailable",
    `The writer of '${prefix}' was not heard of for ${writingHours} hour, and what it wrote was given up.`,
  );
};

/** Nothing is shown of a staged prefix; one that was claimed, also by an answer that was lost, stays. */
export const abandonPrefix = async (db: Executor, prefix: string): Promise<void> => {
  await db
    .update(stagedPrefixes)
    .set({ abandoned: true, dueAt: sql`now()` })
    .where(eq(stagedPrefixes.prefix, prefix));
};

/** The objects below a prefix belong to nothing any more, from this transaction on. */
export const releasePrefix = async (tx: Executor, prefix: string): Promise<void> => {
  const released = { abandoned: true, dueAt: sql`now()`, sweepsLeft: 2 };
  await tx
    .insert(stagedPrefixes)
    .values({ prefix, ...released })
    .onConflictDoUpdate({ target: stagedPrefixes.prefix, set: released });
};

/** Whether objects below a prefix are being written, or removed. */
export const isStaged = async (db: Executor, prefix: string): Promise<boolean> => {
  const [found] = await db
    .select({ prefix: stagedPrefixes.prefix })
    .from(stagedPrefixes)
    .where(eq(stagedPrefixes.prefix, prefix));
  return found !== undefined;
};
