import { setTimeout as delay } from "node:timers/promises";
import type { Logger, Store } from "@loraloom/store";
import { type ClaimOptions, claimRun, type Run } from "@loraloom/store/runs";

/** The query is cheap, and nobody notices a wait of this length. */
const pollMilliseconds = 500;
/** After a failed query: the database may be starting. */
const failurePauseMilliseconds = 2_000;

export type Claiming<Engine> = {
  store: Store;
  log: Logger;
  /** The engine that takes the next run; undefined while none is ready. */
  engine: () => Engine | undefined;
  claim: ClaimOptions;
  /** Aborted when the worker ends. */
  draining: AbortSignal;
  train: (run: Run, engine: Engine) => Promise<void>;
};

/** Takes one waiting run after the other until the worker ends. */
export const claimRuns = async <Engine>(claiming: Claiming<Engine>): Promise<void> => {
  const { draining, train } = claiming;
  while (!draining.aborted) {
    // Before the claim: an engine that ends during it fails the run by a code, and the worker goes on.
    const engine = claiming.engine();
    const claimed = engine && (await claimNext(claiming));
    if (claimed === "failed") await pause(failurePauseMilliseconds, draining);
    else if (claimed) await train(claimed, engine);
    else await pause(pollMilliseconds, draining);
  }
};

const claimNext = async <Engine>({
  store,
  log,
  claim,
}: Claiming<Engine>): Promise<Run | "failed" | undefined> => {
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
