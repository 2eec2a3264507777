import { expect, test } from "vitest";
import { testRunConfig } from "../../tests/support/persona.ts";
import { engineRequestSchema } from "../engine/protocol.ts";
import { trainingConfig } from "./training-config.ts";

const pace = { steps: 50, seconds: 60 };
const told = (options: Parameters<typeof testRunConfig>[0]) =>
  trainingConfig(testRunConfig(options), { epochs: 3, pace });

test("what a run was told is what the engine is told", () => {
  const config = told({
    ...{ rank: 8, alpha: 24, rankStabilized: true, dora: true, dropout: 0.1, targetModules: ["q_proj"] },
    ...{ learningRate: 1e-3, schedule: "linear", warmupRatio: 0.1, weightDecay: 0.2, maxGradNorm: 2 },
    ...{ batchSize: 5, gradientAccumulation: 6, packing: true, gradientCheckpointing: true },
    ...{ maxSteps: 9, maxLength: 512, seed: 7 },
    ...{ evaluationStrategy: "steps", evaluationSteps: 4, earlyStopping: { patience: 2, minDelta: 0.5 } },
  });
  expect(config).toMatchObject({
    ...{ rank: 8, alpha: 24, rank_stabilized: true, dora: true, dropout: 0.1, target_modules: ["q_proj"] },
    ...{ learning_rate: 1e-3, schedule: "linear", warmup_ratio: 0.1, weight_decay: 0.2, max_grad_norm: 2 },
    ...{ batch_size: 5, gradient_accumulation: 6, packed_length: 512, gradient_checkpointing: true },
    ...{ epochs: 3, max_steps: 9, seed: 7 },
    ...{ evaluate_every: 4, early_stopping: { patience: 2, min_delta: 0.5 } },
  });
  const request = { type: "start_run", id: "1", run_id: "r", owner: "ada", rows_path: "/rows" };
  const paths = { evaluation_path: "/held-out", checkpoint_path: null, work_dir: "/work" };
  expect(engineRequestSchema.safeParse({ ...request, ...paths, config }).error).toBeUndefined();
});

test("a run that was started before these options were there is told their defaults", () => {
  const {
    rankStabilized: _,
    packing: __,
    gradientCheckpointing: ___,
    dora: ____,
    ...older
  } = testRunConfig();
  expect(trainingConfig(older, { epochs: 3, pace })).toMatchObject({
    ...{ rank_stabilized: false, dora: false, packed_length: null, gradient_checkpointing: false },
    ...{ evaluate_every: null, early_stopping: null },
  });
});

test("an epoch, a number of steps, or nothing lies between two evaluations", () => {
  expect(told({ evaluationStrategy: "epoch", evaluationSteps: null }).evaluate_every).toBe("epoch");
  expect(told({ evaluationStrategy: "no", evaluationSteps: null }).evaluate_every).toBeNull();
});
