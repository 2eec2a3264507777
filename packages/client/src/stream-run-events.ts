import type { Api, RunEvent, WatchTarget } from "./api-types.ts";
import { toClientError } from "./errors.ts";

type Subscription = {
  api: Api;
  target: WatchTarget;
  signal: AbortSignal | undefined;
  /** The events after this one. */
  lastSeq: number;
};

/**
 * A run's events over one connection. Fails as soon as that connection is lost; the caller decides
 * whether and when there is a next one. Closes when the server ends the stream.
 */
export const streamRunEvents = (subscription: Subscription): ReadableStream<RunEvent> => {
  let stop: () => void;
  return new ReadableStream<RunEvent>({
    start(controller) {
      stop = subscribe(subscription, controller);
    },
    cancel() {
      stop();
    },
  });
};

/** @returns what ends the subscription; afterwards the controller is left alone. */
const subscribe = (
  { api, target, signal, lastSeq }: Subscription,
  controller: ReadableStreamDefaultController<RunEvent>,
): (() => void) => {
  let live = true;
  const end = (finish?: () => void) => {
    if (!live) return;
    live = false;
    signal?.removeEventListener("abort", abort);
    finish?.();
    // Not at once: tRPC may report before `subscribe` has returned.
    queueMicrotask(() => connection.unsubscribe());
  };
  const fail = (error: unknown) => end(() => controller.error(error));
  const abort = () => fail(signal?.reason);
  const input = lastSeq > 0 ? { ...target, lastEventId: String(lastSeq) } : target;
  const connection = api.train.watch.subscribe(input, {
    onData: ({ data }) => live && controller.enqueue(data),
    onConnectionStateChange: ({ error }) => error && fail(toClientError(error)),
    onError: (error) => fail(toClientError(error)),
    onComplete: () => end(() => controller.close()),
  });
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort);
  return end;
};
