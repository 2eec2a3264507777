import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, notInArray, sql } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { cancelLocked } from "../runs/cancel-run.ts";
import { terminalStatuses } from "../runs/run.ts";
import { requestTidying } from "../runs/tidy-run.ts";
import type { Store } from "../store.ts";
import { adapters, runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { activateAdapter } from "./activate-adapter.ts";
import { type Adapter, adapterOf, lockActiveAdapter } from "./lock-adapter.ts";
import { makeCurrent } from "./make-current.ts";
import { requestAdapterProjection } from "./project-adapter.ts";

/**
 * Makes an avatar's adapter. After a deletion this begins the next generation, without a version.
 *
 * @throws LoraloomError `adapter_exists`
 */
export const createAdapter = async (
  store: Store,
  scope: AvatarScope,
  { baseModel }: { baseModel: string },
): Promise<Adapter> => {
  const adapter = await store.db.transaction((tx) => activateAdapter(tx, scope, baseModel));
  if (!adapter) {
    throw new LoraloomError("adapter_exists", `Avatar '${scope.avatarId}' has an adapter.`, {
      details: { avatarId: scope.avatarId },
    });
  }
  requestAdapterProjection(store, scope);
  return adapter;
};

/**
 * Deletes an avatar's adapter: readers find no version any more and its runs end cancelled. Training data
 * and the objects of versions stay.
 *
 * @throws LoraloomError `adapter_not_found`
 */
export const deleteAdapter = async (store: Store, scope: AvatarScope): Promise<Adapter> => {
  const { deleted, ended } = await store.db.transaction(async (tx) => {
    const adapter = await lockActiveAdapter(tx, scope);
    await makeCurrent(tx, adapter, null);
    const deleted = await raiseGeneration(tx, scope);
    return { deleted, ended: await cancelRuns(tx, scope) };
  });
  requestAdapterProjection(store, scope);
  for (const run of ended) requestTidying(store, run);
  return deleted;
};

const raiseGeneration = async (tx: Transaction, scope: AvatarScope): Promise<Adapter> => {
  const [deleted] = await tx
    .update(adapters)
    .set({ state: "deleted", generation: sql`${adapters.generation} + 1`, updatedAt: sql`now()` })
    .where(adapterOf(scope))
    .returning();
  if (!deleted) throw new Error(`Adapter of avatar ${scope.avatarId} is gone although its row is locked`);
  return deleted;
};

const cancelRuns = async (tx: Transaction, { userId, avatarId }: AvatarScope) => {
  const going = await tx
    .select()
    .from(runs)
    .where(
      and(eq(runs.userId, userId), eq(runs.avatarId, avatarId), notInArray(runs.status, terminalStatuses)),
    )
    .orderBy(asc(runs.id))
    .for("update");
  for (const run of going) await cancelLocked(tx, run, { reason: "adapter_deleted" });
  return going;
};
