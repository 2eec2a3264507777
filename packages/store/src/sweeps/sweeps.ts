import { sweepAudit } from "../access/sweep-audit.ts";
import { sweepErasures } from "../erase/sweep-erasures.ts";
import { sweepExpiredExports } from "../exports/index.ts";
import { sweepIdempotencyKeys } from "../idempotency/index.ts";
import { sweepStepEvents, sweepSupersededObjects } from "../runs/index.ts";
import { sweepStagedPrefixes } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { sweepExpiredUploads, sweepUnownedObjects } from "../uploads/index.ts";
import { sweepDeliveries } from "../webhooks/index.ts";
import { sweepWorkers } from "../workers/index.ts";

export type SweepName =
  | "expired-uploads"
  | "unowned-objects"
  | "superseded-run-objects"
  | "expired-exports"
  | "abandoned-prefixes"
  | "erasures"
  | "step-events"
  | "audit-log"
  | "webhook-deliveries"
  | "idempotency-keys"
  | "gone-workers";

/** Each does a batch and says how much was due: 0 once nothing is left. Each can be done twice, and by many at once. */
export const sweeps: Record<SweepName, (store: Store) => Promise<number>> = {
  "expired-uploads": sweepExpiredUploads,
  "unowned-objects": sweepUnownedObjects,
  "superseded-run-objects": sweepSupersededObjects,
  "expired-exports": sweepExpiredExports,
  // After what releases prefixes.
  "abandoned-prefixes": sweepStagedPrefixes,
  erasures: sweepErasures,
  "step-events": sweepStepEvents,
  "audit-log": sweepAudit,
  "webhook-deliveries": sweepDeliveries,
  "idempotency-keys": sweepIdempotencyKeys,
  "gone-workers": sweepWorkers,
};

export const sweepNames = Object.keys(sweeps) as SweepName[];
