import { defaultHyperparameters as defaults } from "@loraloom/dataset";
import type { Run } from "@loraloom/store/runs";
import type { EngineTrainingConfig } from "../engine/protocol.ts";
import { type CompletionField, completionsOf } from "./completions.ts";
import type { CheckpointPace } from "./context.ts";

/** What of a run's config the engine is told as it is. */
type TrainedField =
  | "method"
  | "beta"
  | "desirableWeight"
  | "undesirableWeight"
  | "rank"
  | "alpha"
  | "rankStabilized"
  | "dora"
  | "fullFineTuning"
  | "dropout"
  | "targetModules"
  | "learningRate"
  | "schedule"
  | "warmupRatio"
  | "weightDecay"
  | "maxGradNorm"
  | "batchSize"
  | "gradientAccumulation"
  | "packing"
  | "gradientCheckpointing"
  | "maxLength"
  | "evaluationStrategy"
  | "evaluationSteps"
  | "earlyStopping"
  | "maxSteps"
  | "seed"
  | CompletionField;

type Adapter = Pick<EngineTrainingConfig, "rank" | "alpha" | "rank_stabilized" | "dora" | "target_modules">;

/** The form of a run's adapter. Where all weights learn there is none: the engine is told one and makes none. */
export const adapterOf = (config: Pick<Run["config"], TrainedField>): Adapter => ({
  rank: config.rank ?? defaults.rank,
  alpha: config.alpha ?? defaults.alpha,
  rank_stabilized: config.rankStabilized ?? defaults.rankStabilized,
  dora: config.dora ?? defaults.dora,
  target_modules: config.targetModules ?? defaults.targetModules,
});

/** A run's hyperparameters as the engine spells them. */
export const trainingConfig = (
  config: Pick<Run["config"], TrainedField>,
  { epochs, pace }: { epochs: number; pace: CheckpointPace },
): EngineTrainingConfig => ({
  method: config.method,
  beta: config.beta ?? defaults.beta,
  desirable_weight: config.desirableWeight ?? defaults.desirableWeight,
  undesirable_weight: config.undesirableWeight ?? defaults.undesirableWeight,
  ...adapterOf(config),
  dropout: config.dropout,
  learning_rate: config.learningRate,
  schedule: config.schedule,
  warmup_ratio: config.warmupRatio,
  weight_decay: config.weightDecay,
  max_grad_norm: config.maxGradNorm,
  batch_size: config.batchSize,
  gradient_accumulation: config.gradientAccumulation,
  epochs,
  max_steps: config.maxSteps,
  seed: config.seed,
  gradient_checkpointing: config.gradientCheckpointing ?? defaults.gradientCheckpointing,
  packed_length: config.packing ? config.maxLength : null,
  evaluate_every: pauseOf(config),
  early_stopping: config.earlyStopping
    ? { patience: config.earlyStopping.patience, min_delta: config.earlyStopping.minDelta }
    : null,
  checkpoint_steps: config.fullFineTuning ? Number.MAX_SAFE_INTEGER : pace.steps,
  checkpoint_seconds: config.fullFineTuning ? Math.max(pace.seconds, modelPauseSeconds) : pace.seconds,
  completions: config.method === "grpo" ? completionsOf(config) : null,
  full_fine_tuning: config.fullFineTuning ?? defaults.fullFineTuning,
});

/** A checkpoint of all weights has 12 bytes for each: a gigabyte and more is written, and sent to the store. */
const modelPauseSeconds = 600;

const pauseOf = ({
  evaluationStrategy,
  evaluationSteps = null,
}: Pick<Run["config"], TrainedField>): EngineTrainingConfig["evaluate_every"] => {
  if (evaluationStrategy === "epoch") return "epoch";
  return evaluationStrategy === "steps" ? evaluationSteps : null;
};
