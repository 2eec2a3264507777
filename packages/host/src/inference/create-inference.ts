import { setTimeout as sleep } from "node:timers/promises";
import { isLoraloomError, LoraloomError } from "@loraloom/errors";
import { type Inference, type InferenceRequest, modelNotLoaded, type SampleEvent } from "@loraloom/router";
import type { Store } from "@loraloom/store";
import { listLiveWorkers, type Worker } from "@loraloom/store/workers";
import { type Answer, askGateway } from "./ask-gateway.ts";

/** How long to wait for workers, in milliseconds. */
export type Patience = {
  /** For the first line of an answer, before another worker is asked. */
  firstLine: number;
  /** For a worker that could answer at all. */
  worker: number;
  /** Between two lines of an answer. */
  nextLine: number;
};

export const usualPatience: Patience = { firstLine: 10_000, worker: 20_000, nextLine: 60_000 };

/** Between two looks for a worker. */
const lookMilliseconds = 250;

type Search = { store: Store; token: string; patience: Patience };
type Abortable = { signal: AbortSignal };

/**
 * Answers by any ready worker of the engine key. One that is silent, gone or busy with itself gives way to
 * the next, as long as nothing of its answer was passed on.
 */
export const createInference = (
  store: Store,
  { token, patience = usualPatience }: { token: string; patience?: Patience },
): Inference => {
  const search: Search = { store, token, patience };
  return {
    async *sample(request, { signal }) {
      try {
        const answer = await findAnswer(search, request, { signal });
        yield* relay(answer);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new LoraloomError("request_cancelled", "The caller hung up.", { cause: error });
      }
    },
  };
};

async function* relay(answer: Answer): AsyncGenerator<SampleEvent> {
  for await (const line of answer) {
    if (line.type === "error") {
      const { code, message, details } = line.error;
      throw new LoraloomError(code, message, details && { details });
    }
    yield line;
  }
}

/**
 * @throws LoraloomError what the last worker said when none has begun to answer in time, at once where it said
 * that waiting is of no use; `model_not_loaded` where no worker said anything
 */
const findAnswer = async (
  search: Search,
  request: InferenceRequest,
  { signal }: Abortable,
): Promise<Answer> => {
  const { store, patience } = search;
  const deadline = performance.now() + patience.worker;
  const tried = new Set<string>();
  let cause: LoraloomError | undefined;
  for (;;) {
    const ready = await readyWorkers(store, request.engineKey);
    const untried = ready.filter((worker) => !tried.has(worker.id));
    const worker = anyOf(untried);
    if (worker) {
      tried.add(worker.id);
      // Where nobody else could take over, a slow worker is given all the time there is.
      const firstLine = ready.length > 1 ? patience.firstLine : patience.worker;
      const asked = await tryWorker({ ...search, worker, firstLine }, request, { signal });
      if ("answer" in asked) return asked.answer;
      cause = asked.failure;
      continue;
    }
    if (cause && !cause.retryable) throw cause;
    if (performance.now() > deadline) throw await failureOf(store, request.engineKey, cause);
    await sleep(lookMilliseconds, undefined, { signal });
    // A worker that had just crashed may be back.
    tried.clear();
  }
};

const readyWorkers = async (store: Store, engineKey: string): Promise<Worker[]> => {
  const live = await listLiveWorkers(store, { engineKey, role: "serve" });
  return live.filter((worker) => worker.state === "ready");
};

/** Any: hosts that don't know of each other spread their requests so. */
const anyOf = (workers: Worker[]): Worker | undefined => workers[Math.floor(Math.random() * workers.length)];

/** A worker that can't be reached is as good as none. */
const failureOf = async (store: Store, engineKey: string, cause: LoraloomError | undefined) => {
  if (cause && cause.code !== "worker_unreachable") return cause;
  const served = (await listLiveWorkers(store)).map((worker) => worker.engineKey);
  const { code, message, details } = modelNotLoaded(engineKey, served);
  return new LoraloomError(code, message, { ...(details && { details }), ...(cause && { cause }) });
};

type Attempt = Search & { worker: Worker; firstLine: number };

/** An answer that has begun, or why another worker should be asked. */
const tryWorker = async (
  { store, token, patience, worker, firstLine }: Attempt,
  request: InferenceRequest,
  { signal }: Abortable,
): Promise<{ answer: Answer } | { failure: LoraloomError }> => {
  try {
    const gateway = { url: worker.url, token, firstLine, nextLine: patience.nextLine };
    return { answer: await askGateway(gateway, request, { signal }) };
  } catch (error) {
    if (signal.aborted || !isLoraloomError(error) || error.fault === "user") throw error;
    store.log.warn({ workerId: worker.id, code: error.code, err: error }, "a worker did not answer a chat");
    return { failure: error };
  }
};
