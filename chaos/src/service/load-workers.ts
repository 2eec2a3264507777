import type { Part } from "@loraloom/launcher";
import { type KeepOptions, type KeptPart, keepPart } from "./kept-part.ts";

export type LoadedWorkers = AsyncDisposable & {
  /** Settles when all are ready, or one of them failed. */
  workers: Promise<KeptPart[]>;
};

/** Has workers started beside everything else. Its end is also that of those that still load. */
export const loadWorkers = (
  start: (keep: (part: Part) => Promise<KeptPart>) => Promise<KeptPart[]>,
  options: KeepOptions,
): LoadedWorkers => {
  const parts = new AsyncDisposableStack();
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const workers = start(async (part) => parts.use(await keepPart(part, { ...options, signal })));
  // Why they failed is told to who needs them.
  workers.catch(() => undefined);
  return {
    workers,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await Promise.allSettled([workers]);
      await parts.disposeAsync();
    },
  };
};
