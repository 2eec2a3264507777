import { sql } from "drizzle-orm";
import type { Executor } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { limitReached } from "./limit-reached.ts";
import { readLimits, readLimitsOf } from "./read-limits.ts";
import { readStorageBytes } from "./storage-bytes.ts";

/** Which of these users have a limit of bytes. */
export const findStorageLimited = async (db: Executor, userIds: string[]): Promise<Set<string>> => {
  const limits = await readLimits(db, [...new Set(userIds)]);
  return new Set(
    [...limits].flatMap(([userId, { storageBytes }]) => (storageBytes === null ? [] : [userId])),
  );
};

/**
 * Does what adds to a user's bytes if it leaves them within his limit. Whoever adds to the same user's waits until the
 * transaction ends, so that many at once are never more than it takes.
 *
 * @throws LoraloomError `limit_reached`; the transaction then has to be given up, as `add` was done
 */
export const withinStorage = async <Result>(
  tx: Transaction,
  userId: string,
  add: () => Promise<Result>,
): Promise<Result> => {
  const { storageBytes: value } = await readLimitsOf(tx, userId);
  if (value === null) return add();
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`storage:${userId}`}, 0))`);
  const used = await readStorageBytes(tx, userId);
  const result = await add();
  const asked = (await readStorageBytes(tx, userId)) - used;
  // Above a limit that was lowered a file can still be replaced by a smaller one.
  if (asked <= 0 || used + asked <= value) return result;
  throw limitReached({ limit: "storageBytes", value, used, asked, resetsAt: null });
};
