import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Logger, type Store, withFields } from "@loraloom/store";
import type { Run } from "@loraloom/store/runs";
import { inSpan } from "@loraloom/telemetry";
import type { LoadedEngine } from "../engine/load-engine.ts";
import { fetchFrozenRows } from "../freeze/fetch-frozen.ts";
import { freezeRows } from "../freeze/freeze-rows.ts";
import { fetchCheckpoint } from "./checkpoints.ts";
import type { CheckpointPace, RunContext } from "./context.ts";
import { fetchStartingVersion } from "./fetch-starting-version.ts";
import { holdLease } from "./hold-lease.ts";
import { publishTrained } from "./publish.ts";
import type { RunPace } from "./run-pace.ts";
import { settleRun } from "./settle-run.ts";
import { createStepMeter } from "./step-meter.ts";
import { trainOnEngine } from "./train-on-engine.ts";
import { whenAborted } from "./when-aborted.ts";

/** What a worker brings to each of its runs. */
export type Trainer = {
  store: Store;
  log: Logger;
  engine: LoadedEngine;
  makeRoom: RunContext["makeRoom"];
  /** Holds one folder for each attempt while it lasts. */
  folder: string;
  leaseSeconds: number;
  checkpointPace: CheckpointPace;
  /** Aborted when the worker or its engine ends in order, or when the run has to make way for another one. */
  draining: AbortSignal;
  place: RunContext["place"];
  onRate: (tokensPerSecond: number) => void;
  /** Learns what its runs take. */
  runPace: RunPace;
};

/** Takes a claimed run from where it stands to its end, or as far as this attempt gets. Never throws. */
export const runTraining = (trainer: Trainer, run: Run): Promise<void> => {
  const { id, attempt, origin } = run;
  const attributes = { "loraloom.run_id": id, "loraloom.attempt": attempt };
  const log = withFields(trainer.log, { requestId: origin?.requestId });
  return inSpan("run attempt", { attributes, traceparent: origin?.traceparent }, () =>
    attemptRun({ ...trainer, log }, run),
  );
};

const attemptRun = async (trainer: Trainer, run: Run): Promise<void> => {
  const fence = { runId: run.id, attempt: run.attempt };
  const stepMeter = createStepMeter(trainer.engine.deviceTime);
  await using lease = holdLease(trainer.store, { ...trainer, fence, openStep: stepMeter.open });
  await using folder = runFolder(trainer, fence);
  const scope = { userId: run.userId, avatarId: run.avatarId };
  const { stop, finish, lost, heed, requireLease } = lease;
  heed(run);
  const own = { run, fence, scope, folder: folder.path, stop, finish, lost, heed, requireLease, stepMeter };
  const context: RunContext = { ...trainer, ...own };
  try {
    await mkdir(folder.path, { recursive: true });
    await trainAndPublish(context);
  } catch (error) {
    await settleRun(context, error);
  }
};

const trainAndPublish = async (context: RunContext): Promise<void> => {
  const began = performance.now();
  const preparing = { ...context, stop: stopBeforeTraining(context) };
  const frozen = context.run.frozen ?? (await freezeRows(preparing));
  const rows = await fetchFrozenRows(preparing, frozen);
  const startFromPath = await fetchStartingVersion(preparing);
  const checkpointPath = await fetchCheckpoint(preparing);
  await Promise.race([context.place.free, whenAborted(preparing.stop)]);
  preparing.stop.throwIfAborted();
  const trainingBegan = performance.now();
  const trained = await trainOnEngine(context, { frozen, rows, startFromPath, checkpointPath });
  const trainingTook = performance.now() - trainingBegan;
  await publishTrained(context, { frozen, trained });
  context.runPace.addAround((performance.now() - began - trainingTook) / 1000);
};

/** A run that is to end with what it has learnt, and has learnt nothing, is not prepared any further. */
const stopBeforeTraining = ({ run, stop, finish }: RunContext): AbortSignal =>
  run.checkpoint ? stop : AbortSignal.any([stop, finish]);

const runFolder = (
  { folder, log }: Trainer,
  { runId, attempt }: RunContext["fence"],
): AsyncDisposable & { path: string } => {
  const path = join(folder, `run-${runId}-${attempt}`);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      try {
        await rm(path, { recursive: true, force: true });
      } catch (error) {
        log.warn({ err: error, path }, "the run's local files could not be removed");
      }
    },
  };
};
