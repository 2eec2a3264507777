import type { Reward } from "@loraloom/dataset";
import { z } from "zod";
import { knownOptions } from "../schemas/known-options.ts";
import { isStorable, text } from "../schemas/text.ts";

/** Characters of JSON: of a schema, and of all rewards of a run, which every list of runs repeats. */
const largestSchema = 16_384;
const largestRewards = 32_768;
/** Lookaround and back references outside of classes: with them a search may take longer than anybody waits. */
const parts = /\\[1-9k]|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]/gsu;
const unsupported = /^(?:\\[1-9k]|\(\?)/;

const isRegularExpression = (pattern: string): boolean => {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
};

const isLinear = (pattern: string): boolean =>
  !(pattern.match(parts) ?? []).some((part) => unsupported.test(part));

const patternSchema = text
  .min(1)
  .max(1_000)
  .refine(isRegularExpression, {
    error: ({ input }) =>
      `must be a regular expression as in JavaScript, which ${JSON.stringify(input)} is not`,
  })
  .refine(isLinear, "may hold neither lookaround nor a back reference, which take too long to search");

const deepest = 100;

const isShallow = (value: unknown, levels = deepest): boolean => {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1));
};

const isStorableThroughout = (value: unknown): boolean => {
  if (typeof value === "string") return isStorable(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).flat().every(isStorableThroughout);
};

/** The engine reads what it means, and refuses what may take without end. */
const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine((schema) => isShallow(schema), { error: `may be at most ${deepest} levels deep`, abort: true })
  .refine(
    (schema) => JSON.stringify(schema).length <= largestSchema,
    `must have at most ${largestSchema} characters of JSON`,
  )
  .refine(isStorableThroughout, "must be whole Unicode without the character NUL");

const weight = z.number().min(-1000).max(1000).default(1);
const amount = z.int().min(1).max(1_000_000).nullable().default(null);

/** One reward of a GRPO run, as callers declare it. */
export const rewardInput = z.discriminatedUnion("type", [
  knownOptions({
    type: z.literal("exact_match"),
    weight,
    ignoreCase: z.boolean().default(false),
    /** White space at the ends doesn't count. */
    trim: z.boolean().default(true),
  }),
  knownOptions({ type: z.literal("regex"), weight, pattern: patternSchema }),
  knownOptions({ type: z.literal("json_schema"), weight, schema: jsonSchema }),
  knownOptions({
    type: z.literal("length"),
    weight,
    unit: z.enum(["tokens", "characters"]).default("tokens"),
    min: amount,
    max: amount,
  }).refine(({ min, max }) => (min ?? max) !== null && (min ?? 0) <= (max ?? Infinity), {
    error: "needs min, max or both, and min may not be above max",
  }),
]) satisfies z.ZodType<Reward>;

/** All rewards of a run, as callers declare them. */
export const rewardsInput = z
  .array(rewardInput)
  .max(20)
  .refine(
    (rewards) => JSON.stringify(rewards).length <= largestRewards,
    `must have at most ${largestRewards} characters of JSON together`,
  );

const toldWeight = z.number();
const toldAmount = z.number().nullable();

/** The same as they are told: what was taken once is not checked again. */
export const rewardsSchema = z.array(
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("exact_match"),
      weight: toldWeight,
      ignoreCase: z.boolean(),
      trim: z.boolean(),
    }),
    z.object({ type: z.literal("regex"), weight: toldWeight, pattern: z.string() }),
    z.object({
      type: z.literal("json_schema"),
      weight: toldWeight,
      schema: z.record(z.string(), z.unknown()),
    }),
    z.object({
      type: z.literal("length"),
      weight: toldWeight,
      unit: z.enum(["tokens", "characters"]),
      min: toldAmount,
      max: toldAmount,
    }),
  ]),
) satisfies z.ZodType<Reward[]>;
