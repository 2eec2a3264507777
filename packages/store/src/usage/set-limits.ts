import { and, asc, eq, inArray, isNotNull, sql } from "drizzle-orm";
import { requireNotErased } from "../erase/tombstones.ts";
import type { Store } from "../store.ts";
import { everybody, type LimitChanges, type LimitName, limits, runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { lockHolding } from "./budget.ts";
import { type Limits, limitNames, readLimitsOf } from "./read-limits.ts";

/** A number, null for no limit, or as it is for everybody (for everybody: no limit). Left out: as it was. */
export type WantedLimits = { [Name in LimitName]?: number | null | "default" };

/**
 * Sets limits of a user, or without one those of everybody who has none of his own. Runs that wait for a limit are
 * looked at again.
 *
 * @returns what then holds
 * @throws LoraloomError `user_erased`
 */
export const setLimits = (store: Store, userId: string | undefined, wanted: WantedLimits): Promise<Limits> =>
  store.db.transaction(async (tx) => {
    if (userId !== undefined) await requireNotErased(tx, { userId, avatarId: null });
    await lockHolding(tx);
    await change(tx, userId ?? everybody, wanted);
    await releaseHeld(tx, userId);
    return readLimitsOf(tx, userId ?? everybody);
  });

const change = async (tx: Transaction, userId: string, wanted: WantedLimits): Promise<void> => {
  const { changes, dropped } = split(wanted);
  await tx
    .insert(limits)
    .values({ userId, changes })
    .onConflictDoUpdate({
      target: limits.userId,
      set: {
        changes: sql`(${limits.changes} || ${JSON.stringify(changes)}::jsonb) - ${sql.param(dropped)}::text[]`,
        updatedAt: sql`now()`,
      },
    });
};

const split = (wanted: WantedLimits): { changes: LimitChanges; dropped: LimitName[] } => {
  const changes: LimitChanges = {};
  const dropped: LimitName[] = [];
  for (const name of limitNames) {
    const value = wanted[name];
    if (value === "default") dropped.push(name);
    else if (value !== undefined) changes[name] = value;
  }
  return { changes, dropped };
};

/** A claim holds them again where the limit is reached still. */
const releaseHeld = async (tx: Transaction, userId: string | undefined): Promise<void> => {
  const ofUser = userId === undefined ? undefined : eq(runs.userId, userId);
  const held = tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(isNotNull(runs.heldBy), ofUser))
    .orderBy(asc(runs.id))
    .for("no key update");
  await tx.update(runs).set({ heldBy: null, notBefore: sql`now()` }).where(inArray(runs.id, held));
};
