/** A run as it was served. */
export type ServedRun = {
  user: string;
  /** Milliseconds of one clock. */
  claimed: number;
  ended: number;
  /** Of the engine's time, as they were billed. */
  seconds: number;
};

/**
 * Jain's index of the service that users attained while each of them still had a run that waited: 1 where all got
 * the same, 1 / n where one of n users got everything.
 */
export const fairnessWhileAllWait = (runs: readonly ServedRun[]): number => {
  const byUser = [...Map.groupBy(runs, ({ user }) => user).values()];
  const lastClaims = byUser.map((own) => Math.max(...own.map(({ claimed }) => claimed)));
  const end = Math.min(...lastClaims);
  return jainIndex(byUser.map((own) => own.reduce((sum, run) => sum + servedUntil(end, run), 0)));
};

/** Of a run that had not ended by then as much as of its time had passed. */
const servedUntil = (end: number, { claimed, ended, seconds }: ServedRun): number => {
  const passed = Math.max(0, Math.min(ended, end) - claimed);
  return seconds * (passed / (ended - claimed));
};

const jainIndex = (shares: readonly number[]): number => {
  const sum = shares.reduce((all, share) => all + share, 0);
  const squares = shares.reduce((all, share) => all + share ** 2, 0);
  return sum ** 2 / (shares.length * squares);
};
