import { isErrorCode, LoraloomError } from "@loraloom/errors";
import type { Worker } from "@loraloom/store/workers";

/** Which bases live workers hold, could hold, and have refused. */

/** Whether a worker takes work for this engine now. */
export const holds = ({ state, engineKey: held }: Worker, engineKey: string): boolean =>
  state === "ready" && held === engineKey;

/** Whether it holds this base, or would load it for somebody who waits long enough. */
export const canLoad = (worker: Worker, engineKey: string): boolean =>
  worker.engineKey === engineKey ||
  worker.bases.some((base) => base.engineKey === engineKey && base.refusal === null);

/** The keys of all engines that work can be given to, the loaded ones first. */
export const servedBy = (workers: Worker[]): string[] => {
  const loadable = workers.flatMap(({ bases }) => bases.filter(({ refusal }) => refusal === null));
  return [
    ...new Set([...workers.map((worker) => worker.engineKey), ...loadable.map((base) => base.engineKey)]),
  ];
};

/** Why a base can't be loaded by any live worker that was told of it; undefined where one may load it. */
export const refusalOf = (workers: Worker[], engineKey: string): Refusal | undefined => {
  if (workers.some((worker) => canLoad(worker, engineKey))) return undefined;
  return (
    workers.flatMap(({ bases }) => bases).find((base) => base.engineKey === engineKey)?.refusal ?? undefined
  );
};

type Refusal = NonNullable<Worker["bases"][number]["refusal"]>;

/** @throws LoraloomError what the workers said when they tried to load the base, where none of them can */
export const requireNotRefused = (workers: Worker[], engineKey: string): void => {
  const refusal = refusalOf(workers, engineKey);
  if (!refusal) return;
  const code = isErrorCode(refusal.code) ? refusal.code : "internal";
  throw new LoraloomError(code, refusal.message, { details: { engineKey } });
};

/** Names what was asked for, who could load it, and what is served. */
export const modelNotLoaded = (asked: string, workers: Worker[]): LoraloomError => {
  const served = servedBy(workers);
  const willing = workers.find((worker) => canLoad(worker, asked));
  const message = willing ? loadsInTurn(asked, willing) : notServed(asked, served);
  return new LoraloomError("model_not_loaded", message, { details: { asked, served } });
};

const loadsInTurn = (asked: string, { state, engineKey, nextEngineKey }: Worker): string => {
  if (nextEngineKey === asked) return `'${asked}' is being loaded.`;
  if (engineKey === asked) return `The worker of '${asked}' is ${state} and takes no work yet.`;
  return `'${asked}' is not loaded: the worker that can load it holds '${engineKey}' and changes once it is idle, or somebody has waited long enough.`;
};

const notServed = (asked: string, served: string[]): string => {
  const others = served.length > 0 ? `served are: ${served.join(", ")}` : "no worker is live";
  return `No live worker serves '${asked}'; ${others}.`;
};
