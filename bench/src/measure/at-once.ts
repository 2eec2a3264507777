/**
 * Does a work so many times, so many at once, and tells how long each took.
 *
 * @returns milliseconds, one for each time
 */
export const timeEach = async (
  { times, atOnce }: { times: number; atOnce: number },
  work: (index: number, lane: number) => Promise<unknown>,
): Promise<number[]> => {
  const durations: number[] = [];
  let next = 0;
  const lane = async (_: unknown, number: number) => {
    for (let index = next++; index < times; index = next++) {
      durations.push(await timed(() => work(index, number)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return durations;
};

/** @returns milliseconds */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};
