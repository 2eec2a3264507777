import { canonicalSpeaker, type Preset, type TrainingMethod } from "@loraloom/dataset";
import { z } from "zod";
import { text } from "../schemas/text.ts";
import {
  earlyStoppingSchema,
  evaluationSchema,
  evaluationStepsSchema,
  evaluationStrategySchema,
} from "./evaluation.ts";
import { hyperparametersInput } from "./hyperparameters.ts";
import { startFromSchema } from "./start-from.ts";

export const methodSchema = z.enum(["sft", "dpo", "orpo", "kto", "grpo"] satisfies TrainingMethod[]);
export const presetSchema = z.enum(["dialog", "large"] satisfies Preset[]);

/** Whose replies are learnt from dialogs, as it is compared: NFC without spaces at its ends. */
export const speakerSchema = text
  .max(1_000)
  .transform(canonicalSpeaker)
  .refine((name) => name !== "", "must be a name");

/** What a run can be told, and what is left out of it. */
export const runOptionsShape = {
  /** Left out: the evaluation files, where there are any. */
  evaluation: evaluationSchema.optional(),
  evaluationStrategy: evaluationStrategySchema.default("no"),
  evaluationSteps: evaluationStepsSchema.optional(),
  earlyStopping: earlyStoppingSchema.optional(),
  /** Whether the new version becomes current or waits as a candidate for adapter.rollback. */
  publish: z.enum(["current", "candidate"]).default("current"),
  /** The version whose weights the run begins with; its form stays. Left out: new weights. */
  startFrom: startFromSchema.optional(),
  /** Left out: the adapter's. */
  baseModel: text.min(1).max(500).optional(),
  method: methodSchema.default("sft"),
  /** Left out: the speaker that each dialog names itself. */
  speaker: speakerSchema.optional(),
  /** Hyperparameters for a purpose; those that are given win over it. */
  preset: presetSchema.optional(),
  hyperparameters: hyperparametersInput.default({}),
  /** Trains on the rows without faults instead of refusing the file. */
  skipInvalidRows: z.boolean().default(false),
};

export type RunOptions = z.output<z.ZodObject<typeof runOptionsShape>>;
