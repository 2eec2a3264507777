import type { Logger, Store } from "@loraloom/store";
import { type Fence, type OpenStep, renewLease, type Wishes } from "@loraloom/store/runs";
import { startBeat } from "../beat.ts";
import { RunStopped, type StopReason } from "./stop.ts";
import { watchLease } from "./watch-lease.ts";
import { whenAborted } from "./when-aborted.ts";

export type LeaseOptions = {
  fence: Fence;
  leaseSeconds: number;
  /** Aborted when this worker or its engine ends in order. */
  draining: AbortSignal;
  /** What the run took since its last step; undefined while it doesn't train. */
  openStep: () => OpenStep | undefined;
  log: Logger;
};
/** A run that is kept; `stop` and `finish` are aborted with a {@link RunStopped}. */
export type HeldLease = AsyncDisposable & {
  /** When it has to be given up. */
  stop: AbortSignal;
  /** When it is to end with what it has learnt. */
  finish: AbortSignal;
  /** When nothing more may be written, whatever it was stopped for. */
  lost: AbortSignal;
  /** Does what the run's row asks of its worker. */
  heed: (wishes: Wishes) => void;
  /** Before an object is put. @throws RunStopped `lease_lost` */
  requireLease: () => void;
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

  const lease = watchLease(leaseSeconds);
  lease.lost.addEventListener("abort", () => stop("lease_lost"), { once: true });
  const renew = async (): Promise<void> => {
    const askedAt = performance.now();
    try {
      const answer = await renewLease(store, { ...fence, leaseSeconds, openStep: openStep() });
      if (answer === "lost") return lease.lose();
      lease.renewed(askedAt);
      heed(answer);
      if (answer.limitReached) stop("limit_reached");
    } catch (error) {
      log.warn({ err: error, ...fence }, "the lease could not be renewed");
    }
  };
  const pause = Math.min(leaseSeconds / 3, longestPauseSeconds) * 1000;
  const beat = startBeat(renew, pause);
  return {
    stop: stopping.signal,
    finish: finishing.signal,
    lost: lease.lost,
    heed,
    requireLease: () => {
      if (lease.isLost()) throw new RunStopped("lease_lost");
    },
    [Symbol.asyncDispose]: async () => {
      draining.removeEventListener("abort", onDrain);
      // Nobody waits for a renewal that is not answered any more.
      await Promise.race([beat[Symbol.asyncDispose](), whenAborted(lease.lost)]);
      lease[Symbol.dispose]();
    },
  };
};
