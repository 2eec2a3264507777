import type { Store } from "@loraloom/store";
import type { StoredFile } from "@loraloom/store/files";
import type { RunConfig } from "@loraloom/store/tables";
import { listLiveWorkers } from "@loraloom/store/workers";
import { type Base, modelNotLoaded } from "../deployment.ts";
import type { Inference, RunEstimate } from "../inference.ts";
import { attempt, reasonOf } from "./attempt.ts";
import { type Counts, countInputs } from "./count-inputs.ts";
import { splitCounts } from "./split-counts.ts";

/** What a worker says of a run; `unknown`: why it says nothing, or not all. */
export type Forecast = {
  counts?: SideCounts;
  estimate?: RunEstimate;
  unknown?: { code: string; reason: string };
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

/** Counts a run's tokens and estimates it, where a worker that trains its base is there. */
export const forecast = async (request: ForecastRequest): Promise<Forecast> => {
  if (!(await isServed(request))) return { unknown: reasonOf(modelNotLoaded(request.engineKey, [])) };
  const counted = await attempt(() => countSides(request));
  if (counted.refusal) return { unknown: reasonOf(counted.refusal) };
  const { training, evaluation } = counted.value;
  if (training.examples === 0) return { counts: counted.value };
  const { engineKey, config, inference, signal } = request;
  const lengths = { training, evaluation: evaluation.examples > 0 ? lengthsOf(evaluation) : null };
  const estimated = await attempt(() =>
    inference.estimate({ ...lengths, training: lengthsOf(training), engineKey, config }, { signal }),
  );
  return estimated.refusal
    ? { counts: counted.value, unknown: reasonOf(estimated.refusal) }
    : { counts: counted.value, estimate: estimated.value };
};

const isServed = async ({ store, engineKey }: ForecastRequest): Promise<boolean> => {
  const workers = await listLiveWorkers(store, { engineKey, role: "train" });
  return workers.some(({ state }) => state === "ready");
};

const countSides = async ({ files, rows, ...request }: ForecastRequest): Promise<SideCounts> => {
  const ofKind = (kind: StoredFile["kind"]) =>
    countInputs(
      files.filter((file) => file.kind === kind),
      request,
    );
  const training = await ofKind("training_data");
  if (request.config.evaluation.kind === "split") return splitCounts(training, rows);
  return { training, evaluation: await ofKind("evaluation_data") };
};

const lengthsOf = ({ examples, total, longest }: Counts) => ({ examples, total, longest });
