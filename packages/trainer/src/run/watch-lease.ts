/** When a lease is over, as far as its worker can know without asking. */
export type LeaseWatch = Disposable & {
  /** @param askedAt when the renewal was asked for, as `performance.now()` tells it */
  renewed(askedAt: number): void;
  /** Aborted once it can't have been renewed for its whole length, or somebody says that it is lost. */
  lost: AbortSignal;
  lose(): void;
  /** Also for a process that was paused, and comes here before its timers do. */
  isLost(): boolean;
};

/**
 * Watches a lease by a clock that only rises and that nobody sets: a database that can't be reached says nothing, for a
 * quarter of an hour where no answer ever comes back.
 */
export const watchLease = (leaseSeconds: number): LeaseWatch => {
  const losing = new AbortController();
  const lose = (): void => losing.abort();
  let expiresAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const renewed = (askedAt: number): void => {
    clearTimeout(timer);
    expiresAt = askedAt + leaseSeconds * 1000;
    timer = setTimeout(lose, expiresAt - performance.now());
  };
  renewed(performance.now());
  return {
    renewed,
    lost: losing.signal,
    lose,
    isLost: () => {
      if (performance.now() >= expiresAt) lose();
      return losing.signal.aborted;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
};
