import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@loraloom/store";
import { type EngineOptions, type LoadedEngine, loadEngine, noEngine } from "./load-engine.ts";

const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 30_000;

/** Keeps one engine up: a crashed one is started again. */
export type EngineSupervisor = AsyncDisposable & {
  /** The engine as it is now. @throws LoraloomError `engine_crashed` while none is ready */
  current(): LoadedEngine;
  isReady(): boolean;
};

/**
 * Starts the first engine and watches it from then on.
 *
 * @throws LoraloomError when the first start fails: a wrong path or model does not heal by itself
 */
export const superviseEngine = async (options: EngineOptions, log: Logger): Promise<EngineSupervisor> => {
  const ending = new AbortController();
  let engine: LoadedEngine | undefined = await loadEngine(options, log);

  const watch = async (): Promise<void> => {
    while (engine) {
      const why = await engine.closed;
      engine = undefined;
      if (ending.signal.aborted) return;
      log.error({ err: why }, "the engine ended; starting it again");
      engine = await restart(options, { log, signal: ending.signal });
    }
  };
  const watching = watch();

  return {
    isReady: () => engine !== undefined,
    current: () => {
      if (!engine) throw noEngine();
      return engine;
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await engine?.end();
      await watching;
    },
  };
};

const restart = async (
  options: EngineOptions,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<LoadedEngine | undefined> => {
  let pause = firstPauseMilliseconds;
  while (!signal.aborted) {
    try {
      return await endedIfAborted(await loadEngine(options, log), signal);
    } catch (error) {
      log.error({ err: error, pauseMilliseconds: pause }, "the engine can't be started; trying again");
    }
    await delay(pause, undefined, { signal }).catch(ignoreAbort);
    pause = Math.min(2 * pause, longestPauseMilliseconds);
  }
  return undefined;
};

/** The worker may have been told to end while the engine loaded. */
const endedIfAborted = async (
  engine: LoadedEngine,
  signal: AbortSignal,
): Promise<LoadedEngine | undefined> => {
  if (!signal.aborted) return engine;
  await engine.end();
  return undefined;
};

const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
};
