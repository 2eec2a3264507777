import type { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import type { StoredFile } from "@loraloom/store/files";
import type { RunConfig } from "@loraloom/store/tables";
import { type Base, requireTrainer } from "../deployment.ts";
import type { Inference, RunEstimate } from "../inference.ts";
import { attempt, reasonOf } from "./attempt.ts";
import { type Counts, countInputs } from "./count-inputs.ts";
import { splitCounts } from "./split-counts.ts";

/** What a worker says of a run; `unknown`: why it says nothing, or not all. */
export type Forecast = {
  counts?: SideCounts;
  estimate?: RunEstimate;
  unknown?: { code: string; reason: string };
  /** What the engine has against such a run: it would fail as it begins. */
  refusal?: LoraloomError;
};
type SideCounts = { training: Counts; evaluation: Counts };

export type ForecastRequest = Base & {
  store: Store;
  inference: Inference;
  config: RunConfig;
  files: StoredFile[];
  /** As the rows were read. */
  rows: { examples: number; evaluationExamples: number };
  signal: AbortSignal;
};

/** Counts a run's tokens, and estimates it where a worker that trains its base is there. */
export const forecast = async (request: ForecastRequest): Promise<Forecast> => {
  const counted = await attempt(() => countSides(request));
  if (counted.refusal) return { unknown: reasonOf(counted.refusal) };
  if (counted.value.training.examples === 0) return { counts: counted.value };
  const estimated = await attempt(() => estimate(counted.value, request));
  return estimated.refusal
    ? { counts: counted.value, ...withoutEstimate(estimated.refusal) }
    : { counts: counted.value, estimate: estimated.value };
};

/** Whoever asks can change what is a user's fault; the rest says nothing of the run. */
const withoutEstimate = (error: LoraloomError): Pick<Forecast, "unknown" | "refusal"> => ({
  unknown: reasonOf(error),
  ...(error.fault === "user" && !error.retryable && { refusal: error }),
});

const countSides = async ({ files, rows, ...asked }: ForecastRequest): Promise<SideCounts> => {
  const request = { ...asked, trainer: () => requireTrainer(asked.store, asked.engineKey) };
  const ofKind = (kind: StoredFile["kind"]) =>
    countInputs(
      files.filter((file) => file.kind === kind),
      request,
    );
  const training = await ofKind("training_data");
  if (request.config.evaluation.kind === "split") return splitCounts(training, rows);
  return { training, evaluation: await ofKind("evaluation_data") };
};

const estimate = async (
  { training, evaluation }: SideCounts,
  { store, inference, config, signal, ...request }: ForecastRequest,
): Promise<RunEstimate> => {
  const engineKey = await requireTrainer(store, request.engineKey);
  const lengths = {
    training: { ...lengthsOf(training, config), ...(config.packing && { byLength: training.byLength }) },
    evaluation: evaluation.examples > 0 ? lengthsOf(evaluation, config) : null,
  };
  return inference.estimate({ ...lengths, engineKey, config }, { signal });
};

const lengthsOf = ({ examples, total, longest, longestPrompt }: Counts, { method }: RunConfig) => ({
  ...{ examples, total, longest },
  ...(method === "grpo" && { longestPrompt }),
});
