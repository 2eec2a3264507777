/** Seconds before each further try, about a day in all. */
const pauses = [5, 15, 45, 2 * 60, 7 * 60, 20 * 60, 3_600, 3 * 3_600, 6 * 3_600, 6 * 3_600, 6 * 3_600];

/** How often a delivery is tried before it is dead. */
export const mostTries = pauses.length + 1;

/** Up to a fifth more or less, so that what failed together does not come back together. */
const jitter = 0.2;

/** Seconds until the next try, after so many. */
export const pauseAfter = (tries: number): number => {
  const pause = pauses[Math.min(tries, pauses.length) - 1] ?? 0;
  return pause * (1 - jitter + 2 * jitter * Math.random());
};

const firstRest = 2;
const longestRest = 300;

/** Seconds for which nothing at all is sent to a receiver after so many failures in a row: it may be down or slow. */
export const restAfter = (failures: number): number => Math.min(longestRest, firstRest * 2 ** (failures - 1));
