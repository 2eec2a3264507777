/** The queue and the life of a run; every write of a worker passes the fence of its attempt. */
export { type Cancellation, cancelRun } from "./cancel-run.ts";
export { type ClaimOptions, claimRun } from "./claim-run.ts";
export { deleteRun } from "./delete-run.ts";
export type { Fence } from "./fence.ts";
export { sweepStepEvents } from "./forget-steps.ts";
export { endCancelled, failRun, handBack, waitForLimit } from "./leave-run.ts";
export type { Metric } from "./metric.ts";
export {
  manifestOf,
  type NewVersion,
  type PublishOutcome,
  publishVersion,
  reserveVersion,
} from "./publish-version.ts";
export { findQueuePlace, type QueuePlace } from "./queue-place.ts";
export { findRunOfUser, getRun, type ListedRun, listRuns, type RunFilter, runNotFound } from "./read-runs.ts";
export {
  type DoneStep,
  dropCheckpoint,
  type HeldOutLoss,
  recordCheckpoint,
  recordEvaluation,
  recordFrozen,
  recordProgress,
  recordStarted,
} from "./record-work.ts";
export type { EngineCrash } from "./release-run.ts";
export { type OpenStep, type Renewed, renewLease, type Wishes } from "./renew-lease.ts";
export { type FrozenRun, type Rerun, requireFrozen, rerun } from "./rerun.ts";
export { isTerminal, type Run } from "./run.ts";
export { type MetricsWanted, sampleMetrics } from "./sample-metrics.ts";
export { type PreviewedInputs, previewInputs } from "./select-inputs.ts";
export { type NewRun, startRun } from "./start-run.ts";
export { sweepExpiredLeases } from "./sweep-expired-leases.ts";
export { sweepLost, sweepSupersededObjects } from "./tidy-run.ts";
export { type RunLabels, updateRun } from "./update-run.ts";
