import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { canLoad, modelNotLoaded, requireNotRefused } from "@loraloom/router";
import type { Store } from "@loraloom/store";
import type { WorkerRole } from "@loraloom/store/tables";
import { awaitBase, type GatewayRoute, listLiveWorkers, type Worker } from "@loraloom/store/workers";
import { type Answer, type AskOptions, askGateway, type Question } from "./ask-gateway.ts";

/** How long to wait for workers, in milliseconds. */
export type Patience = {
  /** For the first line of an answer, before another worker is asked. */
  firstLine: number;
  /** For a worker that could answer at all. */
  worker: number;
  /** Between two lines of an answer. */
  nextLine: number;
};

export type Search = { store: Store; token: string; patience: Patience };
/** A question to any worker of this engine key and role, or to the one that is named. */
export type Asked<Route extends GatewayRoute> = Question<Route> & Wanted;
type Wanted = { engineKey: string; role: WorkerRole; workerId?: string | undefined };

/** Between two looks for a worker. */
const lookMilliseconds = 250;

/**
 * Any ready worker's answer. One that is silent, gone or busy with itself gives way to the next, as long as
 * it has not begun to answer.
 *
 * @throws LoraloomError what the last worker said when none has begun to answer in time, at once where it said
 * that waiting is of no use or nobody else could answer; `model_not_loaded` where no worker said anything;
 * `worker_unreachable` where the named one is gone; why the base can't be loaded where all workers refuse it
 */
export const findAnswer = async <Route extends GatewayRoute>(
  search: Search,
  asked: Asked<Route>,
  { signal, origin }: AskOptions,
): Promise<Answer<Route>> => {
  const { store, patience } = search;
  const deadline = performance.now() + patience.worker;
  const tried = new Set<string>();
  let cause: LoraloomError | undefined;
  let waits = false;
  for (;;) {
    const live = await listLiveWorkers(store, { role: asked.role });
    const ready = readyWorkers(live, asked);
    if (ready.length === 0) requireNotRefused(live, asked.engineKey);
    if (ready.length === 0 && !waits) waits = await waitForBase(store, asked, live);
    const untried = ready.filter((worker) => !tried.has(worker.id));
    const worker = anyOf(untried);
    if (worker) {
      tried.add(worker.id);
      // Where nobody else could take over, a slow worker is given all the time there is.
      const firstLine = ready.length > 1 ? patience.firstLine : patience.worker;
      const attempt = await tryWorker({ ...search, worker, firstLine }, asked, { signal, origin });
      if ("answer" in attempt) return attempt.answer;
      cause = attempt.failure;
      continue;
    }
    if (cause && (!cause.retryable || asked.workerId !== undefined)) throw cause;
    if (performance.now() > deadline) throw await failureOf(store, asked.engineKey, cause);
    await sleep(lookMilliseconds, undefined, { signal });
    // A worker that had just crashed may be back.
    tried.clear();
  }
};

const readyWorkers = (live: Worker[], { engineKey, workerId }: Wanted): Worker[] => {
  const ready = live.filter((worker) => worker.state === "ready" && worker.engineKey === engineKey);
  if (workerId === undefined) return ready;
  const named = ready.filter((worker) => worker.id === workerId);
  if (named.length === 0) throw workerGone(workerId);
  return named;
};

/**
 * Has a worker that could load the base change to it. Only chats do: what is counted and estimated can wait until
 * somebody trains or talks.
 *
 * @returns whether one of them knows
 */
const waitForBase = async (store: Store, { engineKey, role }: Wanted, live: Worker[]): Promise<boolean> => {
  if (role !== "serve" || !live.some((worker) => canLoad(worker, engineKey))) return false;
  await awaitBase(store, engineKey);
  return true;
};

const workerGone = (workerId: string): LoraloomError =>
  new LoraloomError("worker_unreachable", `The worker '${workerId}', which has what is asked for, is gone.`, {
    details: { workerId },
  });

/** Any: hosts that don't know of each other spread their requests so. */
const anyOf = (workers: Worker[]): Worker | undefined => workers[Math.floor(Math.random() * workers.length)];

/** A worker that can't be reached is as good as none. */
const failureOf = async (store: Store, engineKey: string, cause: LoraloomError | undefined) => {
  if (cause && cause.code !== "worker_unreachable") return cause;
  const { code, message, details } = modelNotLoaded(engineKey, await listLiveWorkers(store));
  return new LoraloomError(code, message, { ...(details && { details }), ...(cause && { cause }) });
};

type Attempt = Search & { worker: Worker; firstLine: number };

/** An answer that has begun, or why another worker should be asked. */
const tryWorker = async <Route extends GatewayRoute>(
  { store, token, patience, worker, firstLine }: Attempt,
  { route, request }: Question<Route>,
  { signal, origin }: AskOptions,
): Promise<{ answer: Answer<Route> } | { failure: LoraloomError }> => {
  try {
    const gateway = { workerId: worker.id, url: worker.url, token, firstLine, nextLine: patience.nextLine };
    return { answer: await askGateway(gateway, { route, request }, { signal, origin }) };
  } catch (error) {
    if (signal.aborted || !isLoraloomError(error) || error.fault === "user") throw error;
    store.log.warn(
      { requestId: origin?.requestId, workerId: worker.id, route, code: error.code, err: error },
      "a worker did not answer",
    );
    return { failure: error };
  }
};
