import type { Logger, Store } from "@loraloom/store";
import { type Fence, type OpenStep, renewLease, type Wishes } from "@loraloom/store/runs";
import { startBeat } from "../beat.ts";
import { RunStopped, type StopReason } from "./stop.ts";

export type LeaseOptions = {
  fence: Fence;
  leaseSeconds: number;
  /** Aborted when this worker or its engine ends in order. */
  draining: AbortSignal;
  /** What the run took since its last step; undefined while it doesn't train. */
  openStep: () => OpenStep | undefined;
  log: Logger;
};
/** A run that is kept; the signals are aborted with a {@link RunStopped}. */
export type HeldLease = AsyncDisposable & {
  /** When it has to be given up. */
  stop: AbortSignal;
  /** When it is to end with what it has learnt. */
  finish: AbortSignal;
  /** Does what the run's row asks of its worker. */
  heed: (wishes: Wishes) => void;
};

/** A cancel request is seen with the renewal: nobody should wait for it much longer than this. */
const longestPauseSeconds = 2;

/** Renews a run's lease until it is disposed of. */
export const holdLease = (store: Store, options: LeaseOptions): HeldLease => {
  const { fence, leaseSeconds, draining, openStep, log } = options;
  const stopping = new AbortController();
  const stop = (reason: StopReason): void => stopping.abort(new RunStopped(reason));
  const finishing = new AbortController();
  const heed = ({ cancelRequested, cancelKeeps }: Wishes): void => {
    if (!cancelRequested) return;
    if (cancelKeeps) finishing.abort(new RunStopped("cancelled"));
    else stop("cancelled");
  };
  const onDrain = () => stop("draining");
  if (draining.aborted) onDrain();
  draining.addEventListener("abort", onDrain, { once: true });

  const lease = { expiresAt: performance.now() + leaseSeconds * 1000 };
  const renew = async (): Promise<void> => {
    const askedAt = performance.now();
    try {
      const answer = await renewLease(store, { ...fence, leaseSeconds, openStep: openStep() });
      if (answer === "lost") return stop("lease_lost");
      lease.expiresAt = askedAt + leaseSeconds * 1000;
      heed(answer);
      if (answer.limitReached) stop("limit_reached");
    } catch (error) {
      log.warn({ err: error, ...fence }, "the lease could not be renewed");
      if (performance.now() > lease.expiresAt) stop("lease_lost");
    }
  };
  const pause = Math.min(leaseSeconds / 3, longestPauseSeconds) * 1000;
  const beat = startBeat(renew, pause);
  return {
    stop: stopping.signal,
    finish: finishing.signal,
    heed,
    [Symbol.asyncDispose]: async () => {
      draining.removeEventListener("abort", onDrain);
      await beat[Symbol.asyncDispose]();
    },
  };
};
