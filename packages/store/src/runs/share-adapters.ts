import { sql } from "drizzle-orm";
import { adapterNotFound } from "../adapters/lock-adapter.ts";
import { prepared } from "../database/prepared.ts";
import { readAs, type Statement } from "../database/send-together.ts";
import { columnsOf, ofGivenScopes, scopeKey } from "../files/in-folder.ts";
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
  return readAs({ execute: () => shareRows(tx, columnsOf(scopes)) }, (shared) => {
    const generations = new Map(shared.map((adapter) => [scopeKey(adapter), adapter.generation]));
    return (scope) => {
      const found = generations.get(scopeKey(scope));
      if (found === undefined) throw adapterNotFound(scope);
      return found;
    };
  });
};

const shareRows = prepared<AvatarScope & { generation: number }>(
  "share-adapters",
  // One order for all, so that two never wait for each other.
  sql`
    select user_id as "userId", avatar_id as "avatarId", generation from ${adapters}
    where ${ofGivenScopes(adapters)} and state = 'active'
    order by user_id, avatar_id for share`,
);

/** The same of one. @throws LoraloomError `adapter_not_found` */
export const shareAdapter = async (tx: Transaction, scope: AvatarScope): Promise<number> =>
  (await shareAdapters(tx, [scope]).execute())(scope);
