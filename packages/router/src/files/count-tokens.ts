import { defaultHyperparameters } from "@loraloom/dataset";
import type { CountTokens } from "@loraloom/store/files";
import type { Inference } from "../inference.ts";

const { maxLength, overLength } = defaultHyperparameters;

/** How a file is read for the counts of its report: as by a run that is told nothing. */
export const usualReading = {
  method: "sft",
  maxLength,
  overLength,
  speaker: null,
  skipInvalidRows: true,
} as const;

/** Counts the tokens of files for their reports, in a side job; whoever ends the process ends it. */
export const createCountTokens =
  (inference: Pick<Inference, "countTokens">): CountTokens =>
  async (request) => {
    const { signal } = new AbortController();
    const counted = await inference.countTokens({ ...request, reading: usualReading }, { signal });
    return {
      examples: counted.examples,
      total: counted.total,
      trained: counted.trained,
      longest: counted.longest,
      overLength: counted.overLength,
    };
  };
