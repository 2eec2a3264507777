/**
 * Why a run is given up before its end.
 *
 * - `lease_lost`: a newer attempt may own it; nothing more is written
 * - `cancelled`: somebody asked for it, or the adapter was deleted
 * - `limit_reached`: its user has spent what he may use; it goes on from a checkpoint when he may use more
 * - `draining`: this worker or its engine ends; another one goes on from a checkpoint
 */
export type StopReason = "lease_lost" | "cancelled" | "limit_reached" | "draining";

/** Carries the reason through the steps of a run; it is no fault. */
export class RunStopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The run was stopped: ${reason}`);
    this.name = "RunStopped";
    this.reason = reason;
  }
}

/** Why a run's signal was aborted; undefined while the run may go on. */
export const stopReasonOf = (signal: AbortSignal): StopReason | undefined =>
  signal.aborted && signal.reason instanceof RunStopped ? signal.reason.reason : undefined;
