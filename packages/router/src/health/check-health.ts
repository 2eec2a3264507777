import { type ErrorCode, isLoraloomError, LoraloomError, toErrorShape } from "@loraloom/errors";
import { databaseFailure } from "@loraloom/store";
import { readSlotsUsed } from "@loraloom/store/figures";
import { uploadKey } from "@loraloom/store/keys";
import { headObject } from "@loraloom/store/objects";
import { type Awaited, listAwaited, listLiveWorkers, type Worker } from "@loraloom/store/workers";
import type { Services } from "../context.ts";
import { basesOfDeployment } from "../deployment.ts";

export type PartHealth = {
  ok: boolean;
  latencyMs: number | null;
  error?: { code: string; message: string; remedy: string };
};

/** Whoever asks wants to know now; the parts' own repeats take longer. */
const patienceMilliseconds = 5_000;

/** Asks each part one question. */
export const checkHealth = async ({ store, deployment }: Pick<Services, "store" | "deployment">) => {
  let workers: (Worker & { slotsUsed: number })[] = [];
  let awaited: Awaited[] = [];
  const askDatabase = async () => {
    const [live, waiting, used] = await Promise.all([
      listLiveWorkers(store),
      listAwaited(store),
      readSlotsUsed(store),
    ]);
    workers = live.map((worker) => ({ ...worker, slotsUsed: used.get(worker.id) ?? 0 }));
    awaited = waiting;
  };
  // No upload has this id: that there is no such object is an answer too.
  const askStorage = () => headObject(store.objects, uploadKey("health"));
  const [database, storage] = await Promise.all([
    checkPart(askDatabase, "database_unavailable"),
    checkPart(askStorage, "storage_unavailable"),
  ]);
  const isReady = workers.some((worker) => worker.state === "ready");
  const status: "ok" | "degraded" = database.ok && storage.ok && isReady ? "ok" : "degraded";
  const baseModels = basesOfDeployment(deployment).map(({ modelId }) => modelId);
  return {
    ...{ status, database, storage, workers, awaited },
    baseModel: deployment.defaultBase.modelId,
    baseModels,
  };
};

const checkPart = async (ask: () => Promise<unknown>, silence: ErrorCode): Promise<PartHealth> => {
  const begun = performance.now();
  try {
    await withinPatience(ask(), silence);
    return { ok: true, latencyMs: Math.round(performance.now() - begun) };
  } catch (error) {
    const failure = isLoraloomError(error) ? error : databaseFailure(error);
    if (!failure) throw error;
    const { code, message, remedy } = toErrorShape(failure);
    return { ok: false, latencyMs: null, error: { code, message, remedy } };
  }
};

const withinPatience = async (answer: Promise<unknown>, silence: ErrorCode): Promise<void> => {
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => giveUp(new LoraloomError(silence, `No answer in ${patienceMilliseconds / 1000} s.`)),
    patienceMilliseconds,
  );
  try {
    await Promise.race([answer, given]);
  } finally {
    clearTimeout(timer);
  }
};
