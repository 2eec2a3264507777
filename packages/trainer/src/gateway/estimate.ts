import { epochsFor } from "@loraloom/dataset";
import type { EstimateLine, EstimateRequest } from "@loraloom/store/workers";
import { z } from "zod";
import { trainingConfig } from "../run/training-config.ts";
import type { Serving } from "./serving.ts";

/** As much of a run's config as an estimate depends on. */
const configSchema = z.object({
  method: z.literal("sft"),
  rank: z.int().positive(),
  alpha: z.number().positive(),
  dropout: z.number().min(0).max(1),
  targetModules: z.union([z.literal("all-linear"), z.array(z.string()).min(1)]),
  learningRate: z.number().nonnegative(),
  schedule: z.enum(["cosine", "linear", "constant"]),
  warmupRatio: z.number().min(0).max(1),
  weightDecay: z.number().nonnegative(),
  maxGradNorm: z.number().positive(),
  batchSize: z.int().positive(),
  gradientAccumulation: z.int().positive(),
  epochs: z.int().positive().nullable(),
  maxSteps: z.int().positive().nullable(),
  seed: z.int().nonnegative(),
});

/** An estimate writes no checkpoint. */
const noCheckpoints = { steps: Number.MAX_SAFE_INTEGER, seconds: 0 };

/** What a run over so many examples would take here. @throws LoraloomError `bad_option`, `engine_crashed` */
export async function* estimateLines(
  { engine }: Serving,
  { examples, tokensTotal, longest, config }: EstimateRequest,
): AsyncGenerator<EstimateLine> {
  const parsed = configSchema.parse(config);
  const epochs = parsed.epochs ?? epochsFor(examples);
  const estimate = await engine.ask("estimate", {
    examples,
    tokens_total: tokensTotal,
    longest,
    config: trainingConfig(parsed, { epochs, pace: noCheckpoints }),
  });
  yield {
    type: "result",
    steps: estimate.steps,
    epochs: estimate.epochs,
    seconds: estimate.seconds,
    memoryBytes: estimate.memory_bytes,
    fits: estimate.fits,
  };
}
