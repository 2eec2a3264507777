import { LoraloomError } from "@loraloom/errors";
import { eq } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { runEventsChannel } from "./append-event.ts";
import { listen } from "./listen.ts";
import { readEvents } from "./read-events.ts";
import { isTerminalEvent, type RunEvent } from "./run-event.ts";
import { createWakeUps, type WakeUps } from "./wake-ups.ts";

/** Finds what a lost notification would have told. */
const pollMilliseconds = 3_000;
const pageSize = 200;

export type WatchOptions = {
  /** The number of the last event already seen; left out: from the first. */
  after?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
};
export type RunWatcher = AsyncDisposable & {
  /**
   * Every event of a run after `after`, once and in order: first those that were, then each as it happens;
   * ends after the terminal one. Breaking off and going on with the last `seq` leaves no gap.
   *
   * @throws LoraloomError `run_not_found`
   */
  watch: (runId: string, options?: WatchOptions) => AsyncGenerator<RunEvent, void>;
};

/**
 * Watches runs over one connection for the whole process.
 *
 * @example
 * await using watcher = await watchRunEvents(store);
 * for await (const event of watcher.watch(run.id, { after: 12 })) console.log(event.seq, event.type);
 */
export const watchRunEvents = async (store: Store): Promise<RunWatcher> => {
  const wakeUps = createWakeUps();
  const listening = await listen(store, {
    channel: runEventsChannel,
    onNotify: wakeUps.wake,
    onConnect: wakeUps.wakeAll,
  });
  return {
    watch: (runId, options = {}) => watchRun({ store, wakeUps, runId }, options),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
};

type Watched = { store: Store; wakeUps: WakeUps; runId: string };

async function* watchRun(
  { store, wakeUps, runId }: Watched,
  { after = 0, signal }: WatchOptions,
): AsyncGenerator<RunEvent, void> {
  using news = wakeUps.subscribe(runId);
  let last = after;
  while (!signal?.aborted) {
    const ended = await hasEnded(store, runId);
    const events = await readEvents(store, runId, { after: last, limit: pageSize });
    for (const event of events) {
      if (signal?.aborted) return;
      yield event;
      last = event.seq;
      if (isTerminalEvent(event)) return;
    }
    // A run that had ended before the read has no event left after it.
    if (ended && events.length === 0) return;
    if (events.length === 0) await news.next(pollMilliseconds, signal);
  }
}

const hasEnded = async (store: Store, runId: string): Promise<boolean> => {
  const [run] = await store.db.select({ finishedAt: runs.finishedAt }).from(runs).where(eq(runs.id, runId));
  if (!run) throw new LoraloomError("run_not_found", `There is no run '${runId}'.`, { details: { runId } });
  return run.finishedAt !== null;
};
