import { epochsFor } from "@loraloom/dataset";
import type { EstimateLine, EstimateRequest } from "@loraloom/store/workers";
import { trainingConfig } from "../run/training-config.ts";
import type { Serving } from "./serving.ts";
import { withProgress } from "./with-progress.ts";

/**
 * What a run over so many examples would take here, from its claim to its published version.
 *
 * @throws LoraloomError `bad_option`, `unknown_target_modules`, `engine_crashed`
 */
export const estimateLines = (serving: Serving, request: EstimateRequest): AsyncGenerator<EstimateLine> =>
  withProgress(estimate(serving, request));

const estimate = async (
  { engine, adapters, runPace, checkpointPace }: Serving,
  { training, evaluation, config }: EstimateRequest,
): Promise<EstimateLine> => {
  const epochs = config.epochs ?? epochsFor(training.examples);
  const estimated = await engine.ask("estimate", {
    training: engineLengths(training),
    evaluation: evaluation && engineLengths(evaluation),
    config: trainingConfig(config, { epochs, pace: checkpointPace }),
  });
  const { seconds, steps } = estimated;
  // Models that nobody asks make room for a run.
  const freeMemoryBytes = estimated.free_memory_bytes + adapters.idleBytes();
  return {
    type: "result",
    steps,
    epochs: estimated.epochs,
    seconds: seconds === null ? null : runPace.runSeconds({ seconds, steps }),
    memoryBytes: estimated.memory_bytes,
    freeMemoryBytes,
    fits: estimated.memory_bytes <= freeMemoryBytes,
  };
};

const engineLengths = ({
  examples,
  total,
  longest,
  longestPrompt,
  byLength,
}: EstimateRequest["training"]) => ({
  examples,
  tokens_total: total,
  longest,
  by_length: byLength,
  longest_prompt: longestPrompt,
});
