import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { type BaseIdentity, engineKeyOf } from "@loraloom/store/env";
import { listLiveWorkers } from "@loraloom/store/workers";

/** What the operator chose. */
export type Deployment = {
  /** The base that adapters are trained on when nothing else is asked for. */
  defaultBase: BaseIdentity;
  /** Further model ids that users may name; `*` allows any. */
  allowedModels: string[];
  /** Left out: nobody is told what a run costs. */
  price?: Price | undefined;
};

/** `currency` null: the number alone is shown. */
export type Price = { perGpuHour: number; currency: string | null };

export type Base = { baseModel: string; engineKey: string };

/**
 * The engine that a base model is trained and served with.
 *
 * @throws LoraloomError `unknown_base_model` when it is not allowed, `model_not_loaded` when it is and no
 * live worker has it
 */
export const resolveBase = async (
  { store, deployment }: { store: Store; deployment: Deployment },
  baseModel: string = deployment.defaultBase.modelId,
): Promise<Base> => {
  const { defaultBase } = deployment;
  if (baseModel === defaultBase.modelId) return { baseModel, engineKey: engineKeyOf(defaultBase) };
  requireAllowed(deployment, baseModel);
  const served = (await listLiveWorkers(store)).map((worker) => worker.engineKey);
  const engineKey = served.find((key) => key.startsWith(`${baseModel}@`));
  if (!engineKey) throw modelNotLoaded(baseModel, served);
  return { baseModel, engineKey };
};

/**
 * An engine's key, once a live worker that trains with it is there: a call that needs one would wait for it.
 *
 * @throws LoraloomError `model_not_loaded`
 */
export const requireTrainer = async (store: Store, engineKey: string): Promise<string> => {
  const workers = await listLiveWorkers(store, { engineKey, role: "train" });
  if (workers.some(({ state }) => state === "ready")) return engineKey;
  throw modelNotLoaded(engineKey, []);
};

/** Names what was asked for and what is served. */
export const modelNotLoaded = (asked: string, served: string[]): LoraloomError => {
  const keys = [...new Set(served)];
  const others = keys.length > 0 ? `served are: ${keys.join(", ")}` : "no worker is live";
  return new LoraloomError("model_not_loaded", `No live worker serves '${asked}'; ${others}.`, {
    details: { asked, served: keys },
  });
};

const requireAllowed = ({ defaultBase, allowedModels }: Deployment, baseModel: string): void => {
  if (allowedModels.includes("*") || allowedModels.includes(baseModel)) return;
  const allowed = [...new Set([defaultBase.modelId, ...allowedModels])];
  throw new LoraloomError(
    "unknown_base_model",
    `'${baseModel}' is not an allowed base model; allowed: ${allowed.join(", ")}.`,
    { details: { baseModel, allowed } },
  );
};
