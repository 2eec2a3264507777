import type { QueuePlace, Run } from "@loraloom/store/runs";
import type { LimitName } from "@loraloom/store/tables";
import { limitInWords } from "@loraloom/store/usage";
import type { Worker } from "@loraloom/store/workers";
import { z } from "zod";
import { canLoad, holds, refusalOf } from "../held-bases.ts";

/** Why a run waits, in a word and in a sentence. */
export const waitingSchema = z.object({
  reason: z.enum(["turn", "pause", "limit", "base_loading", "base_not_loaded", "base_refused", "no_worker"]),
  message: z.string(),
});
export type Waiting = z.output<typeof waitingSchema>;

type Waits = Pick<Run, "engineKey" | "notBefore"> & Pick<QueuePlace, "isPaused" | "heldBy" | "heldAt">;

/** @param workers those that live and train */
export const waitingOf = (waits: Waits, workers: Worker[]): Waiting => {
  const { engineKey, isPaused, heldBy } = waits;
  if (heldBy) return { reason: "limit", message: limitWords(heldBy, waits) };
  if (isPaused) return { reason: "pause", message: "It is tried again after a pause." };
  if (workers.some((worker) => holds(worker, engineKey)))
    return { reason: "turn", message: "It waits to be taken by the worker of its base model." };
  if (workers.some((worker) => isLoading(worker, engineKey)))
    return { reason: "base_loading", message: "A worker is loading its base model." };
  const willing = workers.find((worker) => canLoad(worker, engineKey));
  return willing ? notLoaded(willing, engineKey) : nobody(workers, engineKey);
};

const limitWords = (limit: LimitName, { heldAt, notBefore }: Waits): string => {
  const named = `'${limit}'${heldAt === null ? "" : ` of ${limitInWords(limit, heldAt)}`}`;
  return limit === "concurrentRuns"
    ? `Its user has as many runs at work as the limit ${named} allows.`
    : `Its user has reached the limit ${named}, which resets at ${notBefore.toISOString()}.`;
};

const isLoading = ({ state, engineKey: held, nextEngineKey }: Worker, engineKey: string): boolean =>
  nextEngineKey === engineKey || (state === "starting" && held === engineKey);

const notLoaded = ({ engineKey: held }: Worker, engineKey: string): Waiting => ({
  reason: "base_not_loaded",
  message:
    held === engineKey
      ? "The worker of its base model is about to end, or to load another one."
      : `Its base model is not loaded: the worker holds '${held}' and changes once it is idle, or somebody has waited long enough.`,
});

const nobody = (workers: Worker[], engineKey: string): Waiting => {
  const refusal = refusalOf(workers, engineKey);
  return refusal
    ? { reason: "base_refused", message: `Its base model can't be loaded: ${refusal.message}` }
    : { reason: "no_worker", message: `No live worker has its base model, '${engineKey}'.` };
};
