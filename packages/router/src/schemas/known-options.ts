import { z } from "zod";
import { nearestOption } from "./nearest-option.ts";

/** One of the given words; for another one the error names the nearest. */
export const knownWord = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: ({ input }) => unknownOptions([String(input)], [...words]) });

/** An object that takes the given options only; for another one the error names the nearest. */
export const knownOptions = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? unknownOptions(issue.keys ?? [], Object.keys(shape)) : undefined,
  });

const unknownOptions = (unknown: readonly string[], known: string[]): string =>
  unknown
    .map((option) => `${JSON.stringify(option.slice(0, 80))} is unknown${hint(option, known)}`)
    .join("; ");

const hint = (option: string, known: string[]): string => {
  const nearest = nearestOption(option, known);
  return nearest ? ` (did you mean '${nearest}'?)` : `, known are: ${known.join(", ")}`;
};
