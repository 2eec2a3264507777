/** How many examples have so many tokens: `[tokens, examples]`, the shortest first. */
export type LengthCounts = [tokens: number, examples: number][];

/** The examples of both together. */
export const addLengths = (some: LengthCounts, others: LengthCounts): LengthCounts => {
  const sum = new Map(some);
  for (const [tokens, examples] of others) sum.set(tokens, (sum.get(tokens) ?? 0) + examples);
  return [...sum].sort(([one], [other]) => one - other);
};

/** A part of the examples, short and long ones alike. @param share 0 to 1 */
export const shareOfLengths = (counts: LengthCounts, share: number): LengthCounts => {
  const part: LengthCounts = [];
  let passed = 0;
  let taken = 0;
  for (const [tokens, examples] of counts) {
    passed += examples;
    const due = Math.round(passed * share) - taken;
    taken += due;
    if (due > 0) part.push([tokens, due]);
  }
  return part;
};

/** Those that are left without a part of them. */
export const withoutLengths = (counts: LengthCounts, part: LengthCounts): LengthCounts => {
  const gone = new Map(part);
  return counts
    .map(([tokens, examples]): LengthCounts[number] => [tokens, examples - (gone.get(tokens) ?? 0)])
    .filter(([, examples]) => examples > 0);
};
