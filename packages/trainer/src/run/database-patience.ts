import { setTimeout as delay } from "node:timers/promises";
import { isLoraloomError } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";
import type { RunContext } from "./context.ts";
import { RunStopped } from "./stop.ts";

const pauseMilliseconds = 500;

/**
 * Does a write, again while the database does not answer: a run outlives a restart of the database as
 * long as its lease does. When the run is given up meanwhile, the last failure is thrown.
 *
 * @throws LoraloomError `database_unavailable`, or whatever else the work throws
 * @throws RunStopped `lease_lost` where no answer comes before the lease is over
 */
export const whileLeased = async <Value>(
  { stop, lost, log }: Pick<RunContext, "stop" | "lost" | "log">,
  work: () => Promise<Value>,
): Promise<Value> => {
  for (;;) {
    try {
      return await unlessAborted(lost, work());
    } catch (error) {
      const unavailable = databaseFailure(error);
      if (!unavailable || stop.aborted) throw unavailable ?? error;
      log.warn({ err: error }, "the database does not answer; trying the write again");
      await delay(pauseMilliseconds);
    }
  }
};

/** What comes after the lease was lost is nobody's business any more, also where it is a failure. */
const unlessAborted = async <Value>(lost: AbortSignal, work: Promise<Value>): Promise<Value> => {
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(new RunStopped("lease_lost"));
  if (lost.aborted) giveUp();
  lost.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    lost.removeEventListener("abort", giveUp);
  }
};

/** Whether the database said that another attempt owns the run. */
export const isLeaseLost = (error: unknown): boolean => isLoraloomError(error, "lease_lost");
