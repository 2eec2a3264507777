import { sql } from "drizzle-orm";
import { repeat } from "../side-jobs/repeat.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { runEventsChannel } from "./append-event.ts";
import { createNewsReader, type NewsReader } from "./gather-news.ts";
import { listen } from "./listen.ts";
import { isTerminalEvent, type RunEvent } from "./run-event.ts";
import { createWakeUps, type WakeUps } from "./wake-ups.ts";

/** Finds what a lost notification would have told. */
const lookMilliseconds = 3_000;

export type WatchOptions = {
  /** The number of the last event already seen; left out: from the first. */
  after?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
};
export type RunWatcher = AsyncDisposable & {
  /**
   * Every event of a run after `after`, once and in order: first those that were, then each as it happens;
   * ends after the terminal one. Breaking off and going on with the last `seq` leaves no gap. Events are read
   * as they are asked for: who stops asking holds one page of them, however many there are.
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
  await using started = new AsyncDisposableStack();
  const wakeUps = createWakeUps();
  started.use(
    await listen(store, {
      channel: runEventsChannel,
      onNotify: wakeUps.wake,
      onConnect: wakeUps.wakeAll,
    }),
  );
  started.use(lookForMissed(store, wakeUps));
  const readNews = createNewsReader(store);
  const running = started.move();
  return {
    watch: (runId, options = {}) => watchRun({ readNews, wakeUps, runId }, options),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

type Watched = { readNews: NewsReader; wakeUps: WakeUps; runId: string };

async function* watchRun(
  { readNews, wakeUps, runId }: Watched,
  { after = 0, signal }: WatchOptions,
): AsyncGenerator<RunEvent, void> {
  using wakeUp = wakeUps.subscribe(runId);
  let last = after;
  while (!signal?.aborted) {
    const { events, isEnded } = await readNews({ runId, after: last });
    for (const event of events) {
      if (signal?.aborted) return;
      yield event;
      last = event.seq;
      if (isTerminalEvent(event)) return;
    }
    if (events.length > 0) continue;
    if (isEnded) return;
    await wakeUp.next(signal);
  }
}

/** Wakes the watchers of runs that have other events than at the last look: one read for all of them. */
const lookForMissed = ({ db, log }: Store, wakeUps: WakeUps): AsyncDisposable => {
  let seen = new Map<string, number>();
  return repeat(log, {
    name: "the look for missed events",
    milliseconds: lookMilliseconds,
    work: async () => {
      const watched = wakeUps.topics();
      if (watched.length === 0) return;
      const found = await db
        .select({ id: runs.id, seq: runs.eventSeq })
        .from(runs)
        .where(sql`${runs.id} = any(${sql.param(watched)}::text[])`);
      const now = new Map(found.map(({ id, seq }) => [id, seq]));
      // A run that is gone is looked at too: its watchers are told so.
      for (const id of watched) if (!now.has(id) || now.get(id) !== seen.get(id)) wakeUps.wake(id);
      seen = now;
    },
  });
};
