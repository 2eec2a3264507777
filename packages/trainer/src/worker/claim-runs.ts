import { setTimeout as delay } from "node:timers/promises";
import type { Logger, Store } from "@loraloom/store";
import { type ClaimOptions, claimRun, type Run } from "@loraloom/store/runs";
import type { EngineSupervisor } from "../engine/supervise.ts";

/** The query is cheap, and nobody notices a wait of this length. */
const pollMilliseconds = 500;
/** After a failed query: the database may be starting. */
const failurePauseMilliseconds = 2_000;

export type Claiming = {
  store: Store;
  log: Logger;
  engine: EngineSupervisor;
  claim: ClaimOptions;
  /** Aborted when the worker ends. */
  draining: AbortSignal;
  train: (run: Run) => Promise<void>;
};

/** Takes one waiting run after the other until the worker ends. */
export const claimRuns = async (claiming: Claiming): Promise<void> => {
  const { draining, train } = claiming;
  while (!draining.aborted) {
    const claimed = await claimNext(claiming);
    if (claimed === "failed") await pause(failurePauseMilliseconds, draining);
    else if (claimed) await train(claimed);
    else await pause(pollMilliseconds, draining);
  }
};

const claimNext = async ({ store, log, engine, claim }: Claiming): Promise<Run | "failed" | undefined> => {
  if (!engine.isReady()) return undefined;
  try {
    const run = await claimRun(store, claim);
    if (run) log.info({ runId: run.id, attempt: run.attempt }, "claimed a run");
    return run;
  } catch (error) {
    log.warn({ err: error }, "no run could be claimed");
    return "failed";
  }
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
