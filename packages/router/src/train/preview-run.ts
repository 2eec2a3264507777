import { recommendHyperparameters } from "@loraloom/dataset";
import type { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import type { AvatarScope } from "@loraloom/store/keys";
import { previewInputs } from "@loraloom/store/runs";
import type { RunConfig } from "@loraloom/store/tables";
import type { AboutAvatar } from "../access/owner.ts";
import type { Services } from "../context.ts";
import { isWithinBounds, validateFiles } from "../validation/validate-files.ts";
import type { Validation } from "../validation/validation-schema.ts";
import { type Attempt, attempt, reasonOf } from "./attempt.ts";
import { costOf } from "./cost.ts";
import { type Forecast, forecast } from "./forecast.ts";
import { planFirstRun, planRun, usualEvaluation } from "./plan-run.ts";
import type { Preview } from "./preview-schema.ts";
import { fromRunConfig, toRunConfig } from "./run-config.ts";
import type { RunOptions } from "./run-options.ts";
import { secondsUnknownOf } from "./seconds-unknown.ts";

type InputFiles = Awaited<ReturnType<typeof previewInputs>>["files"];
type Request = { options: RunOptions; signal: AbortSignal };

/**
 * What a run with these options would do. Nothing is written, and where it would be refused the preview says so.
 *
 * @throws LoraloomError `files_not_ready`, `storage_unavailable`, `request_cancelled`, `user_mismatch` where it would
 * start from an avatar that the caller may not read
 */
export const previewRun = async (
  services: Services & AboutAvatar,
  { options, signal }: Request,
): Promise<Preview> => {
  const { store, avatar } = services;
  const plan = await attempt(() => planRun(services, options));
  const foreseen = isFirstRun(plan) ? await attempt(() => planFirstRun(services, options)) : plan;
  const config = foreseen.value?.config ?? (await configOf(store, avatar, options));
  const { files, refusal } = await previewInputs(store, avatar, config);
  const data = await readData(store, files, { options, config, signal });
  const rows = rowsOf(files, data);
  const expected = await foresee(services, foreseen, { files, rows, signal });
  const { examples, evaluationExamples } = examplesOf(expected, rows);
  const tokens = tokensOf(expected, config);
  return {
    // That there is no adapter yet comes last: a client makes it, and then all else has to be right.
    allowedToStart: allowanceOf(foreseen.refusal ?? refusal ?? expected.refusal ?? plan.refusal),
    baseModel: foreseen.value?.baseModel ?? null,
    config: fromRunConfig(config),
    data,
    examples,
    evaluationExamples,
    tokens,
    estimate: estimateOf(expected, config),
    cost: costOf(expected.estimate, store.price),
    unknown: expected.unknown ?? null,
    recommended: recommendFor(options, config, { examples, tokens: tokens?.perEpoch }),
  };
};

const estimateOf = ({ estimate }: Forecast, config: RunConfig): Preview["estimate"] =>
  estimate ? { ...estimate, secondsUnknown: secondsUnknownOf(estimate, config) } : null;

/** Of options that are refused. */
const configOf = async (store: Store, avatar: AvatarScope, options: RunOptions): Promise<RunConfig> => {
  const evaluation = options.evaluation ?? (await usualEvaluation(store, avatar));
  return toRunConfig({ ...options, evaluation });
};

/** null: more than is read in one call. */
const readData = (
  store: Store,
  files: InputFiles,
  { options, config, signal }: Request & { config: RunConfig },
): Promise<Validation> | null => {
  if (!isWithinBounds(files)) return null;
  const request = {
    training: files.filter(({ kind }) => kind === "training_data"),
    evaluation: files.filter(({ kind }) => kind === "evaluation_data"),
    split: config.evaluation.kind === "split" ? config.evaluation : undefined,
    speaker: options.speaker,
    method: options.method,
  };
  return validateFiles(store, request, signal);
};

type Plan = Attempt<Awaited<ReturnType<typeof planRun>>>;
type Read = { files: InputFiles; rows: Rows; signal: AbortSignal };

/** A client makes the adapter and asks again. */
const isFirstRun = ({ refusal }: Plan): boolean => refusal?.code === "adapter_not_found";

const foresee = async (services: Services, plan: Plan, read: Read): Promise<Forecast> =>
  plan.refusal ? { unknown: reasonOf(plan.refusal) } : forecast({ ...services, ...plan.value, ...read });

const allowanceOf = (refusal: LoraloomError | undefined): Preview["allowedToStart"] =>
  refusal ? { allowed: false, ...reasonOf(refusal) } : { allowed: true };

type Rows = { examples: number; evaluationExamples: number };

/** By the reports where there is too much to read now. */
const rowsOf = (files: InputFiles, data: Validation | null): Rows => {
  if (data) return { examples: data.examples, evaluationExamples: data.evaluation.examples };
  const usable = (kind: InputFiles[number]["kind"]) =>
    files.reduce((sum, file) => sum + (file.kind === kind ? (file.report?.usableRows ?? 0) : 0), 0);
  return { examples: usable("training_data"), evaluationExamples: usable("evaluation_data") };
};

const examplesOf = ({ counts }: Forecast, rows: Rows): Rows =>
  counts ? { examples: counts.training.examples, evaluationExamples: counts.evaluation.examples } : rows;

const tokensOf = ({ counts }: Forecast, { overLength }: RunConfig): Preview["tokens"] => {
  if (!counts) return null;
  const { total, trained, longest, overLength: rows } = counts.training;
  return { perEpoch: total, trained, longest, overLength: { rows, handling: overLength } };
};

const recommendFor = (
  { method, preset }: RunOptions,
  { fullFineTuning }: RunConfig,
  { examples, tokens }: { examples: number; tokens: number | undefined },
): Preview["recommended"] =>
  examples > 0 ? recommendHyperparameters({ examples, tokens, method, preset, fullFineTuning }) : null;
