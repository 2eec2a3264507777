import { ensureUser } from "../access/avatars.ts";
import { readPointer } from "../adapters/pointer.ts";
import { raiseSequence } from "../adapters/raise-numbers.ts";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { respectTombstones, sweepIfErased } from "../erase/respect-tombstones.ts";
import type { Inspect } from "../files/inspect-object.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { adoptAdapter, recheckPlainCopy, settleAdapter } from "./adopt-adapter.ts";
import { adoptBackups } from "./adopt-backups.ts";
import { adoptExports } from "./adopt-exports.ts";
import { adoptAvatarFiles, adoptUserFiles } from "./adopt-files.ts";
import { adoptRuns } from "./adopt-runs.ts";
import { adoptVersions } from "./adopt-versions.ts";
import { emptyOutcome, type RebuildOutcome } from "./outcome.ts";
import { storedAvatars, storedUserFolders, storedUsers } from "./scopes.ts";

export type Rebuild = { store: Store; inspect: Inspect; outcome: RebuildOutcome };

/**
 * Refills the tables from what lies in the object store: files with their flags, adapters, versions, backups, and the
 * records of ended runs. What the tables know already stays; what is being written, removed or trained is left alone,
 * so that a service may go on meanwhile, and a second call finds nothing to do. Inspections and projections are left
 * to the side jobs. What was erased is not brought back.
 *
 * @throws LoraloomError `storage_unavailable`, `database_unavailable`; what was adopted until then stays
 */
export const rebuild = (store: Store, { inspect }: { inspect: Inspect }): Promise<RebuildOutcome> =>
  withAdvisoryLock(store, "rebuild", async () => {
    await respectTombstones(store);
    await raiseAboveStored(store);
    const outcome = emptyOutcome();
    const work: Rebuild = { store: leaveToSideJobs(store), inspect, outcome };
    for await (const userId of storedUsers(store)) await rebuildUser(work, userId);
    store.log.info({ outcome }, "the tables were rebuilt from the object store");
    return outcome;
  });

/** Before anything else: no number is given out that the store has seen already. */
const raiseAboveStored = async (store: Store): Promise<void> => {
  let highest = 0;
  for await (const userId of storedUsers(store)) {
    for await (const scope of storedAvatars(store, userId)) {
      const { pointer } = await readPointer(store, scope);
      highest = Math.max(highest, pointer?.publish_seq ?? 0);
    }
  }
  if (highest > 0) await raiseSequence(store.db, highest);
};

/** Thousands of folders would begin their work at once. */
const leaveToSideJobs = (store: Store): Store => ({
  ...store,
  background: { request: () => {}, settled: async () => {} },
});

const rebuildUser = async (work: Rebuild, userId: string): Promise<void> => {
  if (await sweepIfErased(work.store, { userId, avatarId: null })) return;
  await ensureUser(work.store, userId);
  for await (const kind of storedUserFolders(work.store, userId)) await adoptUserFiles(work, userId, kind);
  for await (const scope of storedAvatars(work.store, userId)) await rebuildAvatar(work, scope);
};

const rebuildAvatar = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  if (await sweepIfErased(work.store, scope)) return;
  work.outcome.avatars += 1;
  await adoptAvatarFiles(work, scope);
  await adoptBackups(work, scope);
  const adopted = await adoptAdapter(work, scope);
  if (!adopted) return;
  await adoptVersions(work, scope, adopted.pointer);
  await settleAdapter(work, scope, adopted.pointer);
  await recheckPlainCopy(work, scope);
  await adoptRuns(work, scope);
  await adoptExports(work, scope);
};
