import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeAdapter } from "./adapter.ts";
import { readRows } from "./rows.ts";
import type { Answer, Request, StartRun } from "./wire.ts";

/** What the worker gives where the run does not say how many steps it has. */
const usualSteps = 10;

/** Runs that train; `checkpoint`: what a cancelled one leaves. */
const training = new Map<string, { cancelled?: { checkpoint: boolean } }>();

export const cancelRun = ({ run_id, checkpoint }: Request & { type: "cancel_run" }): void => {
  const run = training.get(run_id);
  if (run) run.cancelled = { checkpoint };
};

type Setting = { answer: Answer; stepMilliseconds: number };
type Training = StartRun & { steps: number; tokens: number; begun: number };

/** Trains a run, step after step, until its end or until it is cancelled. */
export const startRun = async (request: StartRun, { answer, stepMilliseconds }: Setting): Promise<void> => {
  const { run_id, config, checkpoint_path } = request;
  const run: { cancelled?: { checkpoint: boolean } } = {};
  training.set(run_id, run);
  const rows = await readRows(request.rows_path);
  const steps = config.max_steps ?? usualSteps;
  const tokens = rows.reduce<number>((sum, row) => sum + JSON.stringify(row).length, 0);
  const all = { ...request, steps, tokens, begun: performance.now() };
  const from = checkpoint_path === null ? 0 : await readStep(checkpoint_path);
  answer("run_started", startedBy(all, rows.length, from));
  for (let step = from + 1; step <= steps; step += 1) {
    await sleep(stepMilliseconds);
    if (run.cancelled) return leave(all, { answer, step: step - 1, ...run.cancelled });
    answer("progress", progressOf(all, step, stepMilliseconds));
    if (step % config.checkpoint_steps === 0) await tellCheckpoint(all, step, answer);
  }
  await finish(all, answer);
};

const finish = async (run: Training, answer: Answer): Promise<void> => {
  const { run_id, work_dir, config, steps, tokens, begun } = run;
  const path = join(work_dir, "adapter");
  await writeAdapter(path, config);
  training.delete(run_id);
  answer("run_finished", {
    run_id,
    path,
    steps,
    tokens: tokens * steps,
    seconds: (performance.now() - begun) / 1000,
    final_loss: 1,
    held_out_before: null,
    held_out_after: null,
    stopped_early: false,
    best_step: null,
    peak_memory_bytes: 0,
  });
};

const tellCheckpoint = async (run: Training, step: number, answer: Answer): Promise<void> =>
  answer("run_checkpointed", { run_id: run.run_id, step, path: await writeCheckpoint(run, step) });

type Left = { answer: Answer; step: number; checkpoint: boolean };

const leave = async (run: Training, { answer, step, checkpoint }: Left): Promise<void> => {
  const path = checkpoint && step > 0 ? await writeCheckpoint(run, step) : null;
  training.delete(run.run_id);
  answer("run_cancelled", { run_id: run.run_id, step, checkpoint_path: path });
};

/** The adapter at a step, and the step. */
const writeCheckpoint = async ({ work_dir, config }: Training, step: number): Promise<string> => {
  const path = join(work_dir, "checkpoints", `step-${step}`);
  await mkdir(path, { recursive: true });
  await writeAdapter(path, config);
  await writeFile(join(path, "state.json"), JSON.stringify({ step }));
  return path;
};

const readStep = async (path: string): Promise<number> =>
  JSON.parse(await readFile(join(path, "state.json"), "utf8")).step;

const startedBy = ({ run_id, steps, tokens }: Training, examples: number, from: number) => ({
  run_id,
  examples,
  evaluation_examples: 0,
  trained_tokens_per_epoch: tokens,
  steps,
  resumed_from_step: from,
});

const progressOf = ({ run_id, steps, tokens, config }: Training, step: number, milliseconds: number) => ({
  run_id,
  step,
  steps,
  epoch: step,
  loss: 1 + 1 / step,
  learning_rate: config.learning_rate,
  gradient_norm: 1,
  tokens: tokens * step,
  tokens_per_second: tokens / (milliseconds / 1000),
  eta_seconds: ((steps - step) * milliseconds) / 1000,
  preferences: null,
  rewards: null,
});
