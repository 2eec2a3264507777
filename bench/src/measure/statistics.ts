/** The value below which the given share of all values lies; the nearest one that was measured. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new RangeError("Nothing was measured.");
  return value;
};

/** The mean of the middle two where their number is even: neither the better nor the worse of two rounds. */
export const median = (values: readonly number[]): number => {
  if (values.length === 0) throw new RangeError("Nothing was measured.");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [lower = Number.NaN, upper = lower] = sorted.slice(Math.floor(middle), Math.ceil(middle) + 1);
  return (lower + upper) / 2;
};

export const p99 = (values: readonly number[]): number => quantile(values, 0.99);

/** The least and the most of what was measured: how far a value can be trusted. */
export const spreadOf = (values: readonly number[]): [number, number] => [
  quantile(values, 0),
  quantile(values, 1),
];
