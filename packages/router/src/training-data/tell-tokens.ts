import { defaultHyperparameters, type TrainingMethod } from "@loraloom/dataset";
import { findAdapter } from "@loraloom/store/adapters";
import type { StoredFile } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import type { Services } from "../context.ts";
import { requireTrainer, resolveBase } from "../deployment.ts";
import { attempt, reasonOf } from "../train/attempt.ts";
import { type Counts, countInputs } from "../train/count-inputs.ts";
import { splitCounts } from "../train/split-counts.ts";
import type { TokenizedValidation, Validation } from "../validation/validation-schema.ts";

type Told = Pick<TokenizedValidation, "tokens" | "unknown">;
export type Question = {
  files: StoredFile[];
  method: TrainingMethod;
  speaker: string | undefined;
  /** The rows that are held out of the files, where they are split. */
  split: Validation | undefined;
  signal: AbortSignal;
};

const { maxLength, overLength } = defaultHyperparameters;

/** The tokens of training files as a run would read them that is told nothing of their length, or why there are none. */
export const tellTokens = async (
  services: Services,
  avatar: AvatarScope,
  question: Question,
): Promise<Told> => {
  const { deployment, store } = services;
  const adapter = await findAdapter(store, avatar);
  const baseModel = adapter?.baseModel ?? deployment.defaultBase.modelId;
  const counted = await attempt(() => countTrained(services, { ...question, baseModel }));
  return counted.refusal
    ? { tokens: null, unknown: reasonOf(counted.refusal) }
    : { tokens: toTokens(baseModel, counted.value), unknown: null };
};

const countTrained = async (
  services: Services,
  { files, baseModel, split, signal, ...reading }: Question & { baseModel: string },
): Promise<Counts> => {
  const { store, inference } = services;
  const trainer = async () => requireTrainer(store, (await resolveBase(services, baseModel)).engineKey);
  const config = { ...reading, maxLength, overLength };
  const counts = await countInputs(files, { inference, baseModel, trainer, config, signal });
  if (!split) return counts;
  const { examples, evaluation } = split;
  return splitCounts(counts, { examples, evaluationExamples: evaluation.examples }).training;
};

const toTokens = (
  baseModel: string,
  { total, trained, longest, overLength: rows }: Counts,
): NonNullable<Told["tokens"]> => ({
  baseModel,
  total,
  trained,
  longest,
  overLength: { rows, maxLength, handling: overLength },
});
