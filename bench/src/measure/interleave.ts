/** What is measured of two ways to do the same, as rates: more is better. */
export type Arms = { ours: () => Promise<number>; raw: () => Promise<number> };

/**
 * Measures two arms in turns, every second round in the reverse order: what else the machine does meanwhile, and what
 * the first warms up for the second, falls on both. One round before is not counted.
 *
 * @returns of each round ours as a share of raw
 */
export const shareOfRaw = async (arms: Arms, rounds: number): Promise<number[]> => {
  await measureRound(arms, false);
  const shares: number[] = [];
  for (let round = 0; round < rounds; round += 1) shares.push(await measureRound(arms, round % 2 === 1));
  return shares;
};

const measureRound = async ({ ours, raw }: Arms, isRawFirst: boolean): Promise<number> => {
  if (isRawFirst) {
    const rawRate = await raw();
    return (await ours()) / rawRate;
  }
  const ourRate = await ours();
  return ourRate / (await raw());
};
