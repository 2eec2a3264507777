import { median, spreadOf } from "../measure/statistics.ts";

/** What was measured and is held to nothing. */
export type Figure = { name: string; value: number; unit: string; spread: [number, number] };

/** The median of repeats and their spread. */
export const figure = (name: string, values: readonly number[], unit: string): Figure => ({
  name,
  value: median(values),
  unit,
  spread: spreadOf(values),
});
