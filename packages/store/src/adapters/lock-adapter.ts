import { LoraloomError } from "@loraloom/errors";
import { and, eq, type SQL } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { adapters } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";

/** An adapter as it is stored. */
export type Adapter = typeof adapters.$inferSelect;

export const adapterOf = ({ userId, avatarId }: AvatarScope): SQL | undefined =>
  and(eq(adapters.userId, userId), eq(adapters.avatarId, avatarId));

export const adapterNotFound = ({ avatarId }: AvatarScope): LoraloomError =>
  new LoraloomError("adapter_not_found", `Avatar '${avatarId}' has no adapter.`, { details: { avatarId } });

/**
 * Locks an adapter's row, deleted or not. Publishing, rollback, promotion and deletion take this lock
 * before any run's, so that they happen one after the other. Not a key's lock: Postgres takes a share of the
 * key for a run that one transaction updates twice, and whoever waits for that run would wait for ever.
 *
 * @throws LoraloomError `adapter_not_found`
 */
export const lockAdapter = async (tx: Transaction, scope: AvatarScope): Promise<Adapter> => {
  const [adapter] = await tx.select().from(adapters).where(adapterOf(scope)).for("no key update");
  if (!adapter) throw adapterNotFound(scope);
  return adapter;
};

/** Locks an adapter that is not deleted. @throws LoraloomError `adapter_not_found` */
export const lockActiveAdapter = async (tx: Transaction, scope: AvatarScope): Promise<Adapter> => {
  const adapter = await lockAdapter(tx, scope);
  if (adapter.state === "deleted") throw adapterNotFound(scope);
  return adapter;
};
