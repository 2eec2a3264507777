import { isLoraloomError } from "@loraloom/errors";
import { recordEvaluation, recordProgress, recordStarted } from "@loraloom/store/runs";
import type { FrozenRows } from "@loraloom/store/tables";
import { z } from "zod";
import { type EngineStream, engineError } from "../engine/connection.ts";
import { noEngine } from "../engine/load-engine.ts";
import { type EngineEvent, type EngineEventOf, isLastEvent } from "../engine/protocol.ts";
import type { LocalRows } from "../freeze/fetch-frozen.ts";
import { forgetCheckpoint, uploadCheckpoint } from "./checkpoints.ts";
import type { RunContext } from "./context.ts";
import { whileLeased } from "./database-patience.ts";
import { stopReasonOf } from "./stop.ts";
import { heldOutOf, progressOf } from "./stored-figures.ts";
import { type TrainingTrace, traceTraining } from "./trace-training.ts";
import { trainingConfig } from "./training-config.ts";

export type TrainingInput = {
  frozen: FrozenRows;
  rows: LocalRows;
  /** The folder of the version that the run starts from. */
  startFromPath: string | undefined;
  checkpointPath: string | undefined;
};
export type TrainedAdapter = EngineEventOf<"run_finished">;

/**
 * Trains on this worker's engine, recording each step as it happens.
 *
 * @throws RunStopped when the run was given up: `draining` and `limit_reached` leave a checkpoint behind
 * @throws LoraloomError the engine's code, `engine_crashed`, `lease_lost`, `storage_unavailable`
 */
export const trainOnEngine = async (context: RunContext, input: TrainingInput): Promise<TrainedAdapter> => {
  try {
    return await trainInRoom(context, input);
  } catch (error) {
    if (!isLoraloomError(error, "corrupt_checkpoint") || !input.checkpointPath) throw error;
    context.log.error(
      { err: error, ...context.fence },
      "the checkpoint is damaged; starting again at step 0",
    );
    await forgetCheckpoint(context);
    return await trainInRoom(context, { ...input, checkpointPath: undefined });
  }
};

/** Before a run is refused, models that are loaded for chats and asked by nobody make room for it. */
const trainInRoom = async (context: RunContext, input: TrainingInput): Promise<TrainedAdapter> => {
  for (;;) {
    try {
      return await trainOnce(context, input);
    } catch (error) {
      const missing = missingBytes(error);
      if (missing === undefined || !(await context.makeRoom(missing))) throw error;
    }
  }
};

/** What a run that was refused lacks; one that ran out of memory later tells no such figures. */
const missingBytes = (error: unknown): number | undefined => {
  if (!isLoraloomError(error, "out_of_memory")) return undefined;
  const { data } = memoryFigures.safeParse(error.details);
  return data && data.memory_bytes - data.free_memory_bytes;
};

const memoryFigures = z.object({ memory_bytes: z.number(), free_memory_bytes: z.number() });

const trainOnce = async (
  context: RunContext,
  { frozen, rows, startFromPath, checkpointPath }: TrainingInput,
): Promise<TrainedAdapter> => {
  context.stop.throwIfAborted();
  const request = {
    run_id: context.run.id,
    owner: context.run.userId,
    rows_path: rows.rowsPath,
    evaluation_path: rows.evaluationPath,
    checkpoint_path: checkpointPath ?? null,
    work_dir: context.folder,
    start_from_path: startFromPath ?? null,
    config: trainingConfig(context.run.config, { epochs: frozen.epochs, pace: context.checkpointPace }),
  };
  const stream = context.engine.open("start_run", request, (event) => meter(context, event));
  const onStop = () => void askToCancel(context, goesOnLater(context));
  const onFinish = () => void askToFinish(context);
  context.stop.addEventListener("abort", onStop, { once: true });
  context.finish.addEventListener("abort", onFinish, { once: true });
  if (context.finish.aborted) onFinish();
  try {
    return await followRun(context, stream);
  } finally {
    context.stepMeter.stop();
    context.stop.removeEventListener("abort", onStop);
    context.finish.removeEventListener("abort", onFinish);
  }
};

const meter = ({ stepMeter }: RunContext, event: EngineEvent): void => {
  if (event.type === "run_started") stepMeter.start(event.resumed_from_step);
  if (event.type === "progress")
    stepMeter.done({ step: event.step, tokensPerSecond: event.tokens_per_second });
  if (isLastEvent(event)) stepMeter.stop();
};

/** Records the run's events until its last one. */
const followRun = async (context: RunContext, stream: EngineStream): Promise<TrainedAdapter> => {
  const events = stream.events[Symbol.asyncIterator]();
  const recording = { milliseconds: 0, steps: 0 };
  const trace = traceTraining();
  try {
    for (;;) {
      const { value: event, done } = await events.next();
      if (done) throw noEngine();
      if (event.type === "run_finished") {
        context.runPace.addRecording(recording.milliseconds / 1000 / Math.max(1, recording.steps));
        return event;
      }
      const began = performance.now();
      await recordEvent({ ...context, trace }, event);
      recording.milliseconds += performance.now() - began;
      if (event.type === "progress") recording.steps += 1;
    }
  } catch (error) {
    await endOnEngine(context, events);
    throw error;
  } finally {
    trace.end();
  }
};

type Traced = RunContext & { trace: TrainingTrace };

const recordEvent = async (context: Traced, event: EngineEvent): Promise<void> => {
  const { store, fence, trace } = context;
  switch (event.type) {
    case "run_started":
      trace.begin();
      return whileLeased(context, () =>
        recordStarted(store, fence, { steps: event.steps, resumedFromStep: event.resumed_from_step }),
      );
    case "progress":
      await keepProgress(context, event);
      return trace.step(event.step);
    case "evaluated":
      return whileLeased(context, () => recordEvaluation(store, fence, heldOutOf(event)));
    case "run_checkpointed":
      return trace.checkpoint(() => keepCheckpoint(context, event));
    case "run_cancelled":
      return leaveRun(context, event);
    case "run_failed":
      throw engineError(event);
    default:
      return;
  }
};

/** A wish to end the run is heeded with the step that shows it. */
const keepProgress = async (context: RunContext, event: EngineEventOf<"progress">): Promise<void> => {
  const progress = progressOf(event);
  context.onRate(progress.tokensPerSecond);
  const engineSeconds = context.stepMeter.take(event.step);
  const run = await whileLeased(context, () =>
    recordProgress(context.store, context.fence, { ...progress, engineSeconds }),
  );
  context.heed(run);
  context.place.follow(run);
};

/** A checkpoint saves work; the run goes on without one that the object store does not take now. */
const keepCheckpoint = async (
  context: RunContext,
  checkpoint: { step: number; path: string },
): Promise<void> => {
  try {
    await uploadCheckpoint(context, checkpoint);
  } catch (error) {
    if (!isLoraloomError(error, "storage_unavailable")) throw error;
    context.log.warn(
      { err: error, ...context.fence, step: checkpoint.step },
      "a checkpoint could not be put",
    );
  }
};

/**
 * The engine stopped the run: because we asked for it, because it was to make something of what it had not learnt yet,
 * or because it was itself told to end. Without a path nothing
 * was learnt since the checkpoint that it told before, which has been put by now: events are taken one after the other.
 */
const leaveRun = async (
  context: RunContext,
  { step, checkpoint_path: path }: EngineEventOf<"run_cancelled">,
): Promise<never> => {
  const isOver = context.stop.aborted && !goesOnLater(context);
  if (path && !isOver) await keepCheckpoint(context, { step, path });
  context.stop.throwIfAborted();
  context.finish.throwIfAborted();
  throw noEngine();
};

/** Whether what was learnt is needed again, here or by another worker. */
const goesOnLater = ({ stop }: RunContext): boolean => {
  const reason = stopReasonOf(stop);
  return reason === "draining" || reason === "limit_reached";
};

/** Waits until the engine has nothing more to do with the run, so that it can take the next one. */
const endOnEngine = async (context: RunContext, events: AsyncIterator<EngineEvent>): Promise<void> => {
  await askToCancel(context, false);
  try {
    while (!(await events.next()).done);
  } catch (error) {
    context.log.debug({ err: error, ...context.fence }, "the engine ended the run by an error");
  }
};

const askToCancel = ({ engine, run, log }: RunContext, checkpoint: boolean): Promise<void> =>
  unlessOver({ run, log }, () => engine.ask("cancel_run", { run_id: run.id, checkpoint }));

const askToFinish = ({ engine, run, log }: RunContext): Promise<void> =>
  unlessOver({ run, log }, () => engine.ask("finish_run", { run_id: run.id }));

/** The run may end by itself in the same moment. */
const unlessOver = async (
  { run, log }: Pick<RunContext, "run" | "log">,
  ask: () => Promise<unknown>,
): Promise<void> => {
  try {
    await ask();
  } catch (error) {
    log.debug({ err: error, runId: run.id }, "there was no run to end");
  }
};
