import { setTimeout as delay } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/errors";
import { databaseFailure, type Logger } from "@loraloom/store";

const pauseMilliseconds = 500;

/**
 * Does a write, again while the database does not answer: a run outlives a restart of the database as
 * long as its lease does. When the run is given up meanwhile, the last failure is thrown.
 *
 * @throws LoraloomError `database_unavailable`, or whatever else the work throws
 */
export const whileLeased = async <Value>(
  { stop, log }: { stop: AbortSignal; log: Logger },
  work: () => Promise<Value>,
): Promise<Value> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const unavailable = databaseFailure(error);
      if (!unavailable || stop.aborted) throw unavailable ?? error;
      log.warn({ err: error }, "the database does not answer; trying the write again");
      await delay(pauseMilliseconds);
    }
  }
};

/** Whether the database said that another attempt owns the run. */
export const isLeaseLost = (error: unknown): boolean => isLoraloomError(error, "lease_lost");
