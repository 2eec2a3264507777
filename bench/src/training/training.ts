import type { Measured } from "../results/result.ts";
import type { BaseName } from "../services/base-model.ts";
import type { Services } from "../services/start-services.ts";
import { measureCountRate } from "./count-rate.ts";
import { measureRunEstimates, type RunSizes } from "./run-estimates.ts";
import { startTrainer } from "./start-trainer.ts";

export type TrainingSizes = {
  base: BaseName;
  counts?: { bytes: number; rounds: number };
  runs: RunSizes;
};

/** What a worker does for training data: counts its tokens, and says how long a run will take. */
export const measureTraining = async (services: Services, sizes: TrainingSizes): Promise<Measured[]> => {
  await using trainer = await startTrainer(services, await services.bases.open(sizes.base));
  const counted = sizes.counts ? await measureCountRate(services, trainer, sizes.counts) : [];
  return [...counted, ...(await measureRunEstimates(trainer, sizes.runs))];
};
