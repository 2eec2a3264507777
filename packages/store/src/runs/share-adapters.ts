import { and, asc, eq } from "drizzle-orm";
import { adapterNotFound } from "../adapters/lock-adapter.ts";
import { readAs, type Statement } from "../database/send-together.ts";
import { ofScopes, scopeKey } from "../files/in-folder.ts";
import type { AvatarScope } from "../keys/index.ts";
import { adapters } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";

/**
 * Keeps adapters from being deleted until the runs that start on them are in the queue.
 *
 * @returns gives the generation of one; throws LoraloomError `adapter_not_found`
 */
export const shareAdapters = (
  tx: Transaction,
  scopes: AvatarScope[],
): Statement<(scope: AvatarScope) => number> => {
  const { userId, avatarId, generation } = adapters;
  const share = tx
    .select({ userId, avatarId, generation })
    .from(adapters)
    .where(and(ofScopes(adapters, scopes), eq(adapters.state, "active")))
    // One order for all, so that two never wait for each other.
    .orderBy(asc(userId), asc(avatarId))
    .for("share");
  return readAs(share, (shared) => {
    const generations = new Map(shared.map((adapter) => [scopeKey(adapter), adapter.generation]));
    return (scope) => {
      const found = generations.get(scopeKey(scope));
      if (found === undefined) throw adapterNotFound(scope);
      return found;
    };
  });
};

/** The same of one. @throws LoraloomError `adapter_not_found` */
export const shareAdapter = async (tx: Transaction, scope: AvatarScope): Promise<number> =>
  (await shareAdapters(tx, [scope]).execute())(scope);
