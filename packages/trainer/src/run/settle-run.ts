import { isLoraloomError, toErrorShape } from "@loraloom/errors";
import { endCancelled, failRun, handBack, sweepLost, waitForLimit } from "@loraloom/store/runs";
import { logFault } from "../log-fault.ts";
import type { RunContext } from "./context.ts";
import { isLeaseLost, whileLeased } from "./database-patience.ts";
import { toRunError } from "./run-error.ts";
import { RunStopped, type StopReason, stopReasonOf } from "./stop.ts";

/**
 * Ends an attempt that did not publish. It never throws: what can't be written now is found by the sweep
 * of expired leases.
 */
export const settleRun = async (context: RunContext, error: unknown): Promise<void> => {
  try {
    if (isLeaseLost(error)) return await leave(context, "lease_lost");
    if (error instanceof RunStopped) return await stopped(context, error.reason);
    if (endedInOrder(context, error)) return await stopped(context, "draining");
    await failed(context, error);
  } catch (settling) {
    if (isLeaseLost(settling) || context.lost.aborted) return await leave(context, "lease_lost");
    context.log.error({ err: settling, ...context.fence }, "the run's end could not be written");
  }
};

/** An engine that ends because it was told to is no fault, wherever the run stood. */
const endedInOrder = ({ stop }: RunContext, error: unknown): boolean =>
  stopReasonOf(stop) === "draining" && isLoraloomError(error, "engine_crashed");

/** The sweeps of a run that was taken back are long over where its worker was paused for hours. */
const leave = async ({ store, log, fence, run }: RunContext, reason: StopReason): Promise<void> => {
  log.warn({ ...fence, reason }, "left the run; nothing more is written");
  await sweepLost(store, run).catch((error: unknown) =>
    log.warn({ err: error, ...fence }, "what was put too late is left to the sweeps of the run"),
  );
};

const stopped = async (context: RunContext, reason: StopReason): Promise<void> => {
  const { store, fence, log } = context;
  if (reason === "lease_lost") return await leave(context, reason);
  const end = endOf[reason];
  const { status } = await whileLeased(context, () => end(store, fence));
  log.info({ ...fence, reason, status }, "run stopped");
};

const endOf = { cancelled: endCancelled, limit_reached: waitForLimit, draining: handBack };

const failed = async (context: RunContext, error: unknown): Promise<void> => {
  const { store, fence, log } = context;
  const runError = toRunError(error);
  const { code, message, remedy, details, fault } = toErrorShape(runError);
  logFault(log, runError, { level: "error", message: "the attempt failed", fields: fence });
  const crash = code === "engine_crashed" ? context.place.crash() : undefined;
  const { status } = await whileLeased(context, () =>
    failRun(store, fence, { error: { code, message, remedy, details }, fault, crash }),
  );
  log.info({ ...fence, status }, "run left");
};
