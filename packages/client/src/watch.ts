import type { Api, Run, RunEvent, WatchTarget } from "./api-types.ts";
import { clientError, isLoraloomError } from "./errors.ts";
import { readStream } from "./read-chunks.ts";
import { backoffMs, delay } from "./retry.ts";
import { streamRunEvents } from "./stream-run-events.ts";

export type WatchOptions = {
  /** The `seq` of the last event that was seen; 0 unless given. */
  lastEventId?: number | string;
  /** Ends the watch; the iteration then throws the signal's reason. */
  signal?: AbortSignal;
};

type Watch = {
  api: Api;
  target: WatchTarget;
  signal: AbortSignal | undefined;
  lastSeq: number;
  /** Failures since the last event. */
  failures: number;
};

/** Failures in a row, without a single event between, after which a watch gives up: about 3 minutes. */
const mostFailures = 20;

const lastEvents: ReadonlySet<string> = new Set(["run-completed", "run-failed", "run-cancelled"]);
const endStatuses: ReadonlySet<Run["status"]> = new Set(["completed", "failed", "cancelled"]);

/**
 * Watches a run: each event once and in order, also across cut connections and restarts of the server.
 * Ends after the run's last event.
 *
 * @throws what the server refuses (`run_not_found`, `invalid_key`, …), `network` after about 3 minutes
 * without an answer, and the signal's reason.
 */
export async function* watchRun(
  api: Api,
  target: WatchTarget,
  options: WatchOptions = {},
): AsyncGenerator<RunEvent, void> {
  const lastSeq = parseSeq(options.lastEventId ?? 0);
  const watch: Watch = { api, target, signal: options.signal, lastSeq, failures: 0 };
  let wasEnded = false;
  for (;;) {
    const seqBefore = watch.lastSeq;
    const end = yield* watchOnce(watch);
    if (end === "last-event") return;
    if (end === "cut") continue;
    // The server closed the stream. It has nothing more only if the run had ended before that stream began.
    if (wasEnded && watch.lastSeq === seqBefore) return;
    wasEnded = await isEnded(watch);
  }
}

/** Watches over one connection. */
async function* watchOnce(watch: Watch): AsyncGenerator<RunEvent, "last-event" | "closed" | "cut"> {
  try {
    for await (const event of readStream(streamRunEvents(watch))) {
      watch.failures = 0;
      if (event.seq <= watch.lastSeq) continue;
      watch.lastSeq = event.seq;
      yield event;
      if (lastEvents.has(event.type)) return "last-event";
    }
    return "closed";
  } catch (error) {
    await waitOrThrow(watch, error);
    return "cut";
  }
}

const waitOrThrow = async (watch: Watch, error: unknown): Promise<void> => {
  watch.signal?.throwIfAborted();
  watch.failures++;
  if (!isLoraloomError(error) || !error.retryable || watch.failures === mostFailures) throw error;
  await delay(backoffMs(watch.failures), watch.signal);
};

/** A server that closed the stream as it ended is away for a while: it is waited for as for a stream. */
const isEnded = async (watch: Watch): Promise<boolean> => {
  const { api, target, signal } = watch;
  for (;;) {
    try {
      const run = await api.train.get.query(target, signal && { signal });
      return endStatuses.has(run.status);
    } catch (error) {
      await waitOrThrow(watch, error);
    }
  }
};

const parseSeq = (lastEventId: number | string): number => {
  const seq = Number(lastEventId);
  if (Number.isSafeInteger(seq) && seq >= 0) return seq;
  throw clientError("bad_input", `lastEventId '${lastEventId}' is not the number of an event.`);
};
