/** A run as it was served: by whom it was queued, and from its claim to its end, in milliseconds of one clock. */
export type ServedRun = { user: string; claimed: number; ended: number };

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

const servedUntil = (end: number, { claimed, ended }: ServedRun): number =>
  Math.max(0, Math.min(ended, end) - claimed);

const jainIndex = (shares: readonly number[]): number => {
  const sum = shares.reduce((all, share) => all + share, 0);
  const squares = shares.reduce((all, share) => all + share ** 2, 0);
  return sum ** 2 / (shares.length * squares);
};
