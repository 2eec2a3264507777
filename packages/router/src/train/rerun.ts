import { epochsFor } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { type FrozenRun, getRun, type Run, requireFrozen, rerun as rerunStored } from "@loraloom/store/runs";
import type { RunConfig } from "@loraloom/store/tables";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import type { AboutAvatar } from "../access/owner.ts";
import type { Services } from "../context.ts";
import { resolveBase } from "../deployment.ts";
import { avatarMutation } from "../procedure.ts";
import { earlyStoppingSchema, evaluationStepsSchema, evaluationStrategySchema } from "./evaluation.ts";
import { type HyperparametersInput, hyperparametersInput, withoutNulls } from "./hyperparameters.ts";
import { requireAgreement } from "./require-agreement.ts";
import { fromRunConfig, toRunConfig } from "./run-config.ts";
import { labelsShape } from "./run-labels.ts";
import { runId, runSchema } from "./run-schema.ts";
import { findStart, requireGoesOn, type Start, startFromSchema } from "./start-from.ts";
import { startedBefore } from "./started-before.ts";
import { toApiRun } from "./to-api-run.ts";

const fixed = z
  .custom<undefined>(
    (value) => value === undefined,
    "decides what the rows are, which are taken as they were frozen; train.start reads anew",
  )
  .optional();

const rerunShape = {
  /** The run whose frozen rows it reads; what is not said otherwise is as it was there. */
  runId,
  ...labelsShape,
  hyperparameters: hyperparametersInput.default({}),
  evaluationStrategy: evaluationStrategySchema.optional(),
  evaluationSteps: evaluationStepsSchema.optional(),
  /** null: none. */
  earlyStopping: earlyStoppingSchema.nullable().optional(),
  publish: z.enum(["current", "candidate"]).optional(),
  startFrom: startFromSchema.optional(),
  ...{ method: fixed, preset: fixed, speaker: fixed, evaluation: fixed },
  ...{ baseModel: fixed, skipInvalidRows: fixed },
};
type RerunInput = z.output<z.ZodObject<typeof rerunShape>>;

/** Trains again on the rows that a run has frozen, with other hyperparameters. */
export const rerun = avatarMutation("train", rerunShape)
  .meta({ again: true })
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const { store, avatar, repeatable } = ctx;
    if (repeatable?.made) return startedBefore(ctx, repeatable.made);
    const earlier = await getRun(store, avatar, input.runId);
    const start = await startOf(ctx, earlier, input);
    const source = requireFrozen(earlier);
    const config = await planAgain(ctx, source, { ...input, start });
    const run = await rerunStored(store, source, {
      ...{ name: input.name, tags: input.tags, config },
      epochs: config.epochs ?? epochsFor(source.frozen.examples),
      claim: repeatable?.claim,
      origin: ctx.origin,
    });
    await audit(ctx, { action: "run-started", subject: run.id });
    return toApiRun(store, run);
  });

/** The version that is asked for now, or that the earlier run had started from. */
const startOf = async (
  asking: AboutAvatar,
  { config }: Run,
  { startFrom = config.startFrom ?? undefined }: RerunInput,
): Promise<Start | undefined> => (startFrom === undefined ? undefined : findStart(asking, startFrom));

/** @throws LoraloomError as `planRun`, and `base_model_mismatch` where the base reads texts otherwise now */
const planAgain = async (
  services: Pick<Services, "store" | "deployment">,
  source: FrozenRun,
  { start, ...input }: RerunInput & { start: Start | undefined },
): Promise<RunConfig> => {
  const { baseModel, config: before } = source;
  await requireSameBase(services, source);
  requireSameRows(before, input.hyperparameters);
  if (start) requireGoesOn(start, { baseModel, hyperparameters: input.hyperparameters });
  const config = mergeConfig(before, input, start);
  requireAgreement(config, { asked: input.hyperparameters, engineKey: source.engineKey });
  requireHeldOut(source, config);
  return config;
};

const requireSameBase = async (
  services: Pick<Services, "store" | "deployment">,
  { id, baseModel, engineKey }: FrozenRun,
): Promise<void> => {
  const base = await resolveBase(services, baseModel);
  if (base.engineKey === engineKey) return;
  throw new LoraloomError(
    "base_model_mismatch",
    `The rows of run '${id}' were made for '${engineKey}', and '${baseModel}' is '${base.engineKey}' now.`,
    { details: { run: engineKey, now: base.engineKey } },
  );
};

const rowOptions = ["maxLength", "overLength"] as const;

const requireSameRows = (before: RunConfig, asked: HyperparametersInput): void => {
  const other = rowOptions.find((name) => asked[name] !== undefined && asked[name] !== before[name]);
  if (!other) return;
  throw new LoraloomError(
    "bad_option",
    `hyperparameters.${other} = ${asked[other]}: it decides what the rows are, which are taken as they were frozen (${before[other]}); train.start reads anew.`,
    { details: { option: other, asked: asked[other], frozen: before[other] } },
  );
};

const mergeConfig = (before: RunConfig, input: RerunInput, start: Start | undefined): RunConfig => {
  const { hyperparameters, speaker, evaluationSteps, earlyStopping, ...told } = fromRunConfig(before);
  const stopping = input.earlyStopping === undefined ? earlyStopping : input.earlyStopping;
  const strategy = input.evaluationStrategy ?? told.evaluationStrategy;
  const steps = input.evaluationSteps ?? (strategy === "steps" ? evaluationSteps : null);
  return toRunConfig({
    ...told,
    start,
    speaker: speaker ?? undefined,
    evaluationStrategy: strategy,
    evaluationSteps: steps ?? undefined,
    earlyStopping: stopping ?? undefined,
    publish: input.publish ?? told.publish,
    hyperparameters: {
      ...hyperparametersKept(withoutNulls(hyperparameters), input, start),
      ...input.hyperparameters,
    },
  });
};

/** A version brings its own form, and what all weights learn by means nothing to an adapter, nor the other way round. */
const hyperparametersKept = (
  before: HyperparametersInput,
  { hyperparameters: asked }: RerunInput,
  start: Start | undefined,
): HyperparametersInput => {
  const changesKind =
    asked.fullFineTuning !== undefined && asked.fullFineTuning !== (before.fullFineTuning ?? false);
  if (!start && !changesKind) return before;
  const { rank, alpha, rankStabilized, dora, targetModules, fullFineTuning, dropout, ...others } = before;
  return changesKind ? others : { ...others, dropout };
};

const requireHeldOut = ({ id, frozen }: FrozenRun, { evaluationStrategy = "no" }: RunConfig): void => {
  if (evaluationStrategy === "no" || frozen.evaluationKey) return;
  throw new LoraloomError(
    "bad_option",
    `evaluationStrategy = '${evaluationStrategy}': run '${id}' has frozen no held-out rows to measure with.`,
    { details: { option: "evaluationStrategy" } },
  );
};
