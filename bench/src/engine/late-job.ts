import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@loraloom/client";
import { quantile } from "../measure/statistics.ts";
import type { Figure } from "../results/figure.ts";
import { fromRepeats, type Measured, type Target } from "../results/result.ts";
import type { BaseModel } from "../services/base-model.ts";
import { startServices } from "../services/start-services.ts";
import { startTrainer } from "../training/start-trainer.ts";
import { readChats } from "./prepare-rows.ts";
import type { EngineSizes } from "./sizes.ts";

export type LateJob = { measured: Measured[]; figures: Figure[] };

/**
 * From `train.start` to the published version: a small job by itself, and the same beside long ones of other people that
 * have trained for a while. Host, worker, database and store run as for people.
 */
export const measureLateJob = async (
  base: BaseModel,
  sizes: EngineSizes,
  target: Target,
): Promise<LateJob> => {
  await using services = await startServices();
  await using trainer = await startTrainer(services, base);
  const { longRuns, rounds, headStart, chats } = sizes.latency;
  const file = join(services.folder, "chats.jsonl");
  await writeFile(file, (await readChats(chats)).join("\n"));
  const jobs = jobsOf(trainer.host.connect(), file);
  await jobs.finish("warm-up", { epochs: 1, maxSteps: 2 });
  const alone = await repeat(rounds, (round) => jobs.finish(`alone-${round}`));
  const stops = await Promise.all(
    Array.from({ length: longRuns }, (_, index) => jobs.startLong(`long-${index}`)),
  );
  await sleep(headStart * 1000);
  const late = await repeat(rounds, (round) => jobs.finish(`late-${round}`));
  await Promise.all(stops.map((stop) => stop()));
  return {
    measured: [
      fromRepeats(
        late.map((seconds, round) => seconds / (alone[round] ?? Number.NaN)),
        {
          name: `a job of ${chats} chats beside ${longRuns} long ones, of its time alone`,
          unit: "×",
          target,
        },
      ),
    ],
    figures: [...latencies("alone", alone), ...latencies(`beside ${longRuns} long ones`, late)],
  };
};

type Length = { epochs: number; maxSteps?: number };

/** Each for a user of its own, whose adapter is made first. */
const jobsOf = (client: Client, file: string) => {
  const start = async (userId: string, length: Length) => {
    const avatar = { userId, avatarId: "avatar" };
    await client.adapter.create.mutate(avatar);
    await client.uploadTrainingData(file, avatar);
    const begun = performance.now();
    const { id: runId } = await client.train.start.mutate({
      ...avatar,
      evaluation: "none",
      publish: "current",
      hyperparameters: { ...length, batchSize: 1 },
    });
    return { avatar, runId, begun };
  };
  return {
    /** @returns seconds */
    finish: async (userId: string, length: Length = { epochs: 1 }): Promise<number> => {
      const { avatar, runId, begun } = await start(userId, length);
      await watch(client, { ...avatar, runId }, "run-completed");
      return (performance.now() - begun) / 1000;
    },
    /** Resolves when it trains. @returns what ends it */
    startLong: async (userId: string): Promise<() => Promise<unknown>> => {
      const { avatar, runId } = await start(userId, { epochs: 1000 });
      await watch(client, { ...avatar, runId }, "progress");
      return () => client.train.cancel.mutate({ ...avatar, runId });
    },
  };
};

const watch = async (
  client: Client,
  run: { userId: string; avatarId: string; runId: string },
  until: string,
): Promise<void> => {
  for await (const event of client.watchRun(run)) {
    if (event.type === until) return;
    if (event.type === "run-failed") throw new Error(`Run ${run.runId} failed: ${event.data.message}`);
  }
};

const repeat = async (rounds: number, work: (round: number) => Promise<number>): Promise<number[]> => {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await work(round));
  return values;
};

const latencies = (how: string, seconds: number[]): Figure[] =>
  [0.5, 0.95].map((share) => ({
    name: `submit to adapter, ${how}, p${100 * share}`,
    value: quantile(seconds, share),
    unit: "s",
    spread: [quantile(seconds, 0), quantile(seconds, 1)],
  }));
