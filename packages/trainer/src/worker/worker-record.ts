import type { Logger, Store } from "@loraloom/store";
import {
  heartbeatWorker,
  type NewWorker,
  registerWorker,
  removeWorker,
  type WorkerChange,
} from "@loraloom/store/workers";
import { startBeat } from "../beat.ts";

/** A worker is taken for dead after 30 s of silence; hosts see a change of its state this much later. */
const beatMilliseconds = 3_000;

export type WorkerRecord = AsyncDisposable & {
  /** Tells the hosts now what changed. */
  tell(): Promise<void>;
};

export type KeptWorker = NewWorker & {
  now: () => WorkerChange;
  follow: (wish: { drainRequested: boolean }) => void;
};

/**
 * Makes the worker known to the hosts and keeps it known until it is disposed of.
 *
 * @param worker.now what the hosts should see at each heartbeat
 * @param worker.follow told with each heartbeat what is wished of the worker
 */
export const keepWorkerRecord = async (
  { store, log }: { store: Store; log: Logger },
  { now, follow, ...worker }: KeptWorker,
): Promise<WorkerRecord> => {
  await registerWorker(store, { ...worker, ...now() });
  const write = async (): Promise<void> => {
    try {
      const known = await heartbeatWorker(store, worker.id, now());
      if (known) follow(known);
      else await registerWorker(store, { ...worker, ...now() });
    } catch (error) {
      log.warn({ err: error }, "the heartbeat could not be written");
    }
  };
  let written = Promise.resolve();
  // One after the other: the older of two writes at once might land last.
  const tell = () => {
    written = written.then(write);
    return written;
  };
  const beat = startBeat(tell, beatMilliseconds);
  return {
    tell,
    [Symbol.asyncDispose]: async () => {
      await beat[Symbol.asyncDispose]();
      await removeWorker(store, worker.id).catch((error) =>
        log.warn({ err: error }, "the worker's record could not be removed"),
      );
    },
  };
};
