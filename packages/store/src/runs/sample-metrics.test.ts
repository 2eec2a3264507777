import { expect, test } from "vitest";
import type { Store } from "../store.ts";
import { runMetrics } from "../tables/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { testProgress } from "../testing/run-records.ts";
import { type Fence, recordEvaluation, recordProgress, sampleMetrics } from "./index.ts";

const all = { from: 0, to: 1_000_000, points: 1000 };
const preferences = { chosen: 0.5, rejected: -0.25, margin: 0.75, accuracy: 0.875, kl: null };
const rewards = {
  ...{ mean: 0.5, std: 0.25, each: [0.5], completionTokens: 12.5, shortest: 3, longest: 16 },
  ...{ cutOff: 0.125, alike: 0, kl: null },
};
const heldOut = { phase: "during", step: 2, loss: 3, tokens: 10 } as const;
const untold = { accuracy: null, perplexity: null, reward: null, preferences: null, rewards: null };

test("each step and each evaluation keeps all that was told of it, and nothing else", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await recordProgress(store, run, testProgress);
  await recordProgress(store, run, { ...testProgress, step: 2, preferences });
  await recordProgress(store, run, { ...testProgress, step: 3, rewards });
  await recordEvaluation(store, run, { ...heldOut, ...untold, accuracy: 0.5, perplexity: 20 });
  const train = { split: "train", at: expect.any(Date), epoch: 0.25, loss: 2.5, learningRate: 1e-4 };
  const usual = { ...train, tokens: 80, tokensPerSecond: 40, gradientNorm: 1.5 };
  const { at } = train;
  expect(await sampleMetrics(store, run.id, all)).toEqual([
    { ...usual, step: 1 },
    {
      ...{ split: "held_out", step: 2, at, epoch: null, loss: 3, learningRate: null, gradientNorm: null },
      ...{ tokens: 10, tokensPerSecond: null, accuracy: 0.5, perplexity: 20 },
    },
    { ...usual, step: 2, preferences },
    { ...usual, step: 3, rewards },
  ]);
});

test("a step that was recorded before there were more figures has its loss alone", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await addSteps(store, run, 1);
  const [step] = await sampleMetrics(store, run.id, all);
  expect(step).toMatchObject({ step: 1, loss: 1, at: null, epoch: null, gradientNorm: null });
});

test("more steps than are wanted are thinned out evenly, the first and the last among them", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await addSteps(store, run, 1001);
  await recordEvaluation(store, run, { ...heldOut, ...untold, step: 500 });
  const stepsOf = async (wanted: Partial<typeof all>) =>
    (await sampleMetrics(store, run.id, { ...all, ...wanted }))
      .filter(({ split }) => split === "train")
      .map(({ step }) => step);
  expect(await stepsOf({ points: 5 })).toEqual([1, 251, 501, 751, 1001]);
  expect(await stepsOf({ points: 2 })).toEqual([1, 1001]);
  expect(await stepsOf({ points: 1000 })).toHaveLength(1000);
  expect(await stepsOf({ points: 1001 })).toHaveLength(1001);
  expect(await stepsOf({ from: 10, to: 13, points: 5 })).toEqual([10, 11, 12, 13]);
  expect(await stepsOf({ from: 10, to: 10, points: 2 })).toEqual([10]);
  expect(await stepsOf({ from: 2000 })).toEqual([]);
  const thinned = await sampleMetrics(store, run.id, { ...all, points: 2 });
  expect(thinned.filter(({ split }) => split === "held_out")).toMatchObject([{ step: 500 }]);
});

/** As they were stored before there were more figures. */
const addSteps = async (store: Store, { runId, attempt }: Fence, count: number): Promise<void> => {
  const steps = Array.from({ length: count }, (_, at) => at + 1);
  await store.db
    .insert(runMetrics)
    .values(steps.map((step) => ({ runId, attempt, split: "train" as const, step, loss: 1, tokens: step })));
};
