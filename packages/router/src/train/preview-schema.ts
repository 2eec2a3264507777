import { z } from "zod";
import { validationSchema } from "../validation/validation-schema.ts";
import { hyperparametersSchema, recommendedSchema } from "./hyperparameters.ts";
import { runConfigSchema } from "./run-schema.ts";

const refusal = z.object({ code: z.string(), reason: z.string() });

const tokensSchema = z.object({
  /** Of all examples together, read once. */
  perEpoch: z.int(),
  /** Those that are learnt. */
  trained: z.int(),
  /** Of the longest example. */
  longest: z.int(),
  /** Rows that are longer than `maxLength`, and what happens to them. */
  overLength: z.object({ rows: z.int(), handling: hyperparametersSchema.shape.overLength }),
});

const estimateSchema = z.object({
  epochs: z.int(),
  steps: z.int(),
  /** From the claim to the published version, by what the engine measured; null where nobody can tell. */
  seconds: z.number().nullable(),
  /** Why there are no seconds, in a sentence; null where there are. */
  secondsUnknown: z.string().nullable(),
  memoryBytes: z.int(),
  freeMemoryBytes: z.int(),
  fits: z.boolean(),
});

/** What a run would do, as far as it can be known before it. */
export const previewSchema = z.object({
  /** What train.start would answer, or why such a run would fail as it begins. */
  allowedToStart: z.union([
    z.object({ allowed: z.literal(true) }),
    refusal.extend({ allowed: z.literal(false) }),
  ]),
  /** null where none can be had. */
  baseModel: z.string().nullable(),
  config: runConfigSchema,
  /** What was found in the files that it would read; null: more than is read in one call. */
  data: validationSchema.nullable(),
  /** Examples of an epoch, and those that are measured on; as the files say where no worker has counted. */
  examples: z.int(),
  evaluationExamples: z.int(),
  tokens: tokensSchema.nullable(),
  estimate: estimateSchema.nullable(),
  /** Where the server has a price for an hour of its GPU. */
  cost: z.object({ amount: z.number(), currency: z.string().nullable() }).nullable(),
  /** Why there are no tokens or no estimate. */
  unknown: refusal.nullable(),
  /** What train.start can be given for this amount of data; null where there is none. */
  recommended: recommendedSchema.nullable(),
});

export type Preview = z.input<typeof previewSchema>;
