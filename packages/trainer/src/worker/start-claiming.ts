import type { Run } from "@loraloom/store/runs";
import type { SupervisedEngine } from "../engine/supervise.ts";
import { runTraining } from "../run/run-training.ts";
import { type Claiming, claimOneRun, claimRuns } from "./claim-runs.ts";
import type { Shared } from "./worker-parts.ts";

/** Takes runs and trains them until the worker drains. @returns the one run, of a worker that takes one only */
export const startClaiming = (shared: Shared): Promise<Run | undefined> => {
  const { config, store, log, id, folder, engine, activity, admission, draining, rates, runPace, servings } =
    shared;
  const { leaseSeconds, checkpointPace, slots } = config;
  const claiming: Claiming<SupervisedEngine> = {
    store,
    log,
    engine: () => (engine.isReady() && admission.isOpen() ? engine.current() : undefined),
    claim: ({ engineKey }) => ({ workerId: id, engineKey, leaseSeconds }),
    slots,
    draining: draining.signal,
    train: (run, current, place) =>
      rates.during(run.id, async (onRate) => {
        using _training = activity.beginRun();
        await runTraining(
          {
            store,
            log,
            engine: current,
            makeRoom: (bytes) => servings.makeRoom(current, bytes),
            folder,
            leaseSeconds,
            checkpointPace,
            draining: AbortSignal.any([draining.signal, current.leaving, admission.closing(), place.leaving]),
            place,
            onRate,
            runPace,
          },
          run,
        );
      }),
  };
  return config.once ? claimOneRun(claiming, config.once) : claimRuns(claiming);
};
