import { type OpenTestStore, openTestStore } from "./open-test-store.ts";
import { claimNextRun, prepareAvatar, queueRun } from "./scenario.ts";

/**
 * A store of its own with an avatar whose run waits in the queue.
 *
 * @example
 * await using opened = await openQueuedRun();
 * const { store, scope, run } = opened;
 */
export const openQueuedRun = async (options: OpenTestStore = {}) => {
  await using opening = new AsyncDisposableStack();
  const store = opening.use(await openTestStore(options));
  const scope = await prepareAvatar(store);
  const run = await queueRun(store, scope);
  const opened = opening.move();
  return { store, scope, run, [Symbol.asyncDispose]: () => opened.disposeAsync() };
};

/** As {@link openQueuedRun}, and a worker has just claimed the run. */
export const openClaimedRun = async (options: OpenTestStore = {}) => {
  await using opening = new AsyncDisposableStack();
  const queued = opening.use(await openQueuedRun(options));
  const run = await claimNextRun(queued.store);
  const opened = opening.move();
  return { ...queued, run, [Symbol.asyncDispose]: () => opened.disposeAsync() };
};
