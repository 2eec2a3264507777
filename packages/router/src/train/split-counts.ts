import { shareOfLengths, withoutLengths } from "@loraloom/dataset";
import type { Counts } from "./count-inputs.ts";

/** Examples of both sides of a split, as their rows were read. */
type Sides = { examples: number; evaluationExamples: number };

/** Counts of files whose rows a split divides: by the part of the rows that each side has. */
export const splitCounts = (
  counts: Counts,
  { examples, evaluationExamples }: Sides,
): { training: Counts; evaluation: Counts } => {
  const rows = examples + evaluationExamples;
  const share = rows === 0 ? 0 : evaluationExamples / rows;
  const evaluation = partOf(counts, share);
  return { training: less(counts, evaluation), evaluation };
};

const partOf = (
  { examples, total, trained, overLength, byLength, ...longest }: Counts,
  share: number,
): Counts => ({
  examples: Math.round(examples * share),
  total: Math.round(total * share),
  trained: Math.round(trained * share),
  ...longest,
  overLength: Math.round(overLength * share),
  byLength: shareOfLengths(byLength, share),
});

const less = (counts: Counts, part: Counts): Counts => ({
  ...counts,
  examples: counts.examples - part.examples,
  total: counts.total - part.total,
  trained: counts.trained - part.trained,
  overLength: counts.overLength - part.overLength,
  byLength: withoutLengths(counts.byLength, part.byLength),
});
