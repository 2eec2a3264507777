import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { type BaseIdentity, engineKeyOf } from "@loraloom/store/env";
import { listLiveWorkers, type Worker } from "@loraloom/store/workers";
import { holds, modelNotLoaded, requireNotRefused, servedBy } from "./held-bases.ts";

/** What the operator chose. */
export type Deployment = {
  /** The base that adapters are trained on when nothing else is asked for. */
  defaultBase: BaseIdentity;
  /** Bases that workers hold in turn with it. */
  furtherBases?: BaseIdentity[] | undefined;
  /** Further model ids that users may name, where a worker of another configuration has them; `*` allows any. */
  allowedModels: string[];
};

export type Base = { baseModel: string; engineKey: string };

/** The bases of a deployment, the default one first. */
export const basesOfDeployment = ({ defaultBase, furtherBases = [] }: Deployment): BaseIdentity[] => [
  defaultBase,
  ...furtherBases,
];

/**
 * The engine that a base model is trained and served with.
 *
 * @throws LoraloomError `unknown_base_model` when it is not allowed, `model_not_loaded` when it is and no
 * live worker has it, and what the workers say of a base that none of them can load
 */
export const resolveBase = async (
  { store, deployment }: { store: Store; deployment: Deployment },
  baseModel: string = deployment.defaultBase.modelId,
): Promise<Base> => {
  const own = basesOfDeployment(deployment).find(({ modelId }) => modelId === baseModel);
  if (!own) requireAllowed(deployment, baseModel);
  const workers = await listLiveWorkers(store);
  const engineKey = own ? engineKeyOf(own) : findServed(workers, baseModel);
  requireNotRefused(workers, engineKey);
  return { baseModel, engineKey };
};

const findServed = (workers: Worker[], baseModel: string): string => {
  const engineKey = servedBy(workers).find((key) => key.startsWith(`${baseModel}@`));
  if (!engineKey) throw modelNotLoaded(baseModel, workers);
  return engineKey;
};

/**
 * An engine's key, once a live worker that trains with it is there: a call that needs one would wait for it.
 *
 * @throws LoraloomError `model_not_loaded`
 */
export const requireTrainer = async (store: Store, engineKey: string): Promise<string> => {
  const workers = await listLiveWorkers(store, { role: "train" });
  if (workers.some((worker) => holds(worker, engineKey))) return engineKey;
  throw modelNotLoaded(engineKey, workers);
};

const requireAllowed = (deployment: Deployment, baseModel: string): void => {
  const { allowedModels } = deployment;
  if (allowedModels.includes("*") || allowedModels.includes(baseModel)) return;
  const own = basesOfDeployment(deployment).map(({ modelId }) => modelId);
  const allowed = [...new Set([...own, ...allowedModels])];
  throw new LoraloomError(
    "unknown_base_model",
    `'${baseModel}' is not an allowed base model; allowed: ${allowed.join(", ")}.`,
    { details: { baseModel, allowed } },
  );
};
