import type { Store } from "@loraloom/store";
import { findQueuePlace, isTerminal, type ListedRun } from "@loraloom/store/runs";
import { listLiveWorkers } from "@loraloom/store/workers";
import type { z } from "zod";
import { toApiCost } from "../usage/to-api-cost.ts";
import { phaseOf } from "./phase.ts";
import { fromRunConfig } from "./run-config.ts";
import type { runSchema } from "./run-schema.ts";
import { waitingOf } from "./waiting.ts";

/** A run as callers see it, with its place in the queue. */
export const toApiRun = async (store: Store, run: ListedRun): Promise<z.input<typeof runSchema>> => ({
  ...run,
  config: fromRunConfig(run.config),
  phase: phaseOf(run),
  lease: leaseOf(run),
  // Recorded before it is published; until then nobody can use it.
  versionId: isTerminal(run.status) ? run.versionId : null,
  ...(await placeOf(store, run)),
  usage: { tokens: run.billedTokens, gpuSeconds: run.billedSeconds, cost: toApiCost(store, run.cost) },
  examples: run.frozen?.examples ?? null,
  evaluationExamples: run.frozen?.evaluationExamples ?? null,
});

const leaseOf = ({ workerId, leaseExpiresAt }: ListedRun) =>
  workerId !== null && leaseExpiresAt !== null ? { workerId, expiresAt: leaseExpiresAt } : null;

const placeOf = async (store: Store, run: ListedRun) => {
  if (run.status !== "queued") return { queuePosition: null, waiting: null };
  const [place, workers] = await Promise.all([
    findQueuePlace(store, run),
    listLiveWorkers(store, { role: "train" }),
  ]);
  const { engineKey } = run;
  const { isPaused = false, heldBy = null, heldAt = null } = place ?? {};
  const waiting = waitingOf({ engineKey, isPaused, heldBy, heldAt, notBefore: run.notBefore }, workers);
  return { queuePosition: place?.position ?? null, waiting };
};
