import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../store.ts";

/** Does the work now and again and again until disposed, with a pause after each turn. */
export const repeat = (
  log: Logger,
  { name, milliseconds, work }: { name: string; milliseconds: number; work: () => Promise<unknown> },
): AsyncDisposable => {
  const end = new AbortController();
  const turns = async () => {
    while (!end.signal.aborted) {
      await work().catch((error) => log.warn({ error }, `${name} failed and is repeated`));
      await pause(milliseconds, undefined, { signal: end.signal }).catch(requireAborted);
    }
  };
  const running = turns();
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
  };
};

const requireAborted = (error: unknown): void => {
  if (!(error instanceof Error) || error.name !== "AbortError") throw error;
};
