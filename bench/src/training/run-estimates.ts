import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@loraloom/client";
import { repositoryRoot } from "../repository.ts";
import { furthestFromOne, type Measured } from "../results/result.ts";
import { avatar } from "../storage/avatar.ts";
import type { Trainer } from "./start-trainer.ts";

const persona = join(repositoryRoot, "examples", "persona");
const pollMilliseconds = 50;
const readyTimeoutMilliseconds = 60_000;

export type RunSizes = { steps: number; runs: number };

/**
 * What `train.preview` says of a run's seconds, beside those from its claim to its published version. The first
 * estimate comes from a probe, each later one from the run before it.
 */
export const measureRunEstimates = async (
  { host, base }: Trainer,
  { steps, runs }: RunSizes,
): Promise<Measured[]> => {
  const client = host.connect();
  await client.adapter.create.mutate(avatar);
  await client.uploadTrainingData(join(persona, "train.jsonl"), avatar);
  await client.uploadEvaluationData(join(persona, "heldout.jsonl"), avatar);
  const options = runOptions(steps);
  const ratios: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const estimated = await estimateSeconds(client, options);
    ratios.push(estimated / (await trainSeconds(client, options)));
  }
  return [
    furthestFromOne(ratios, {
      name: `estimated seconds of a run of ${steps} steps on ${base.id}, of the actual ones`,
      unit: "×",
      target: { from: 0.5, to: 2 },
    }),
  ];
};

/** The demo's, for so many steps. */
const runOptions = (maxSteps: number) =>
  ({
    ...avatar,
    evaluation: "files",
    publish: "current",
    hyperparameters: { epochs: 1000, maxSteps, batchSize: 2, learningRate: 5e-4, seed: 7 },
  }) as const;

type RunOptions = ReturnType<typeof runOptions>;

const estimateSeconds = async (client: Client, options: RunOptions): Promise<number> => {
  const end = performance.now() + readyTimeoutMilliseconds;
  for (;;) {
    const { estimate, unknown } = await client.train.preview.query(options);
    if (estimate?.seconds) return estimate.seconds;
    // The host hears of a new worker a moment after it listens.
    if (unknown?.code !== "model_not_loaded" || performance.now() > end) {
      throw new Error(`There is no estimate: ${unknown?.reason}`);
    }
    await sleep(pollMilliseconds);
  }
};

const trainSeconds = async (client: Client, options: RunOptions): Promise<number> => {
  const { id: runId } = await client.train.start.mutate(options);
  for await (const event of client.watchRun({ ...avatar, runId })) {
    if (event.type === "run-failed") throw new Error(`Run ${runId} failed: ${event.data.message}`);
  }
  const { startedAt, finishedAt } = await client.train.get.query({ ...avatar, runId });
  return (Number(finishedAt) - Number(startedAt)) / 1000;
};
