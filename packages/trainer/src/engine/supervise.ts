import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@loraloom/store";
import { type BaseChoice, createBaseChoice } from "./base-choice.ts";
import { type EngineChild, startChild } from "./child.ts";
import {
  type BaseModel,
  type EngineOptions,
  type LoadedEngine,
  loadEngine,
  noEngine,
} from "./load-engine.ts";
import { createRestartPauses, type RestartPauses } from "./restart-pauses.ts";
import { keepSpareInterpreter } from "./spare-interpreter.ts";

/** An engine of a supervisor. */
export type SupervisedEngine = LoadedEngine & {
  /** Aborted when this engine is told to end so that another takes its place. */
  leaving: AbortSignal;
};

/** Keeps one engine up: a crashed one is started again. */
export type EngineSupervisor = AsyncDisposable & {
  /** The engine as it is now. @throws LoraloomError `engine_crashed` while none is ready */
  current(): SupervisedEngine;
  isReady(): boolean;
  /** Why bases are not held, by their engine keys. */
  refusals: BaseChoice["refusals"];
  /** Tells whoever works with the engine that it is about to end. */
  leave(): void;
  /**
   * Lets the engine end in order and starts another, whose code is that of the disk now.
   *
   * @param base what it holds; left out: the same base, and what the code until now could not load may be tried
   * again. One that can't be loaded gives way to another one
   */
  restart(base?: BaseModel): void;
  /** Resolves once an engine is ready, or the signal is aborted. */
  whenReady(signal: AbortSignal): Promise<void>;
};

type State = {
  engine: SupervisedEngine | undefined;
  /** Of the engine of this moment, also of one that is still starting. */
  leaving: AbortController;
  /** Aborted when the worker ends. */
  ending: AbortController;
  /** Those who wait for the next engine. */
  waiting: Set<() => void>;
};
type Parts = { options: EngineOptions; log: Logger; spare: EngineOptions["spare"]; bases: BaseChoice };

/**
 * Starts the first engine and watches it from then on.
 *
 * @throws LoraloomError when the first start fails: a wrong path or model does not heal by itself. Of several bases
 * one that can be loaded is enough
 */
export const superviseEngine = async (
  options: EngineOptions,
  log: Logger,
  pauses: RestartPauses = createRestartPauses(),
): Promise<EngineSupervisor> => {
  await using opened = new AsyncDisposableStack();
  const bases = createBaseChoice([options.base, ...(options.furtherBases ?? [])]);
  const keepOwn = () => opened.use(keepSpareInterpreter(options.command, log));
  const spare = options.spare ?? (options.keepsSpare ? keepOwn() : undefined);
  const parts = { options, log, spare, bases };
  const state: State = {
    engine: undefined,
    leaving: new AbortController(),
    ending: new AbortController(),
    waiting: new Set(),
  };
  state.engine = await startFirst(parts, state);
  const watching = watch({ ...parts, state, pauses });
  opened.defer(async () => {
    state.ending.abort();
    await state.engine?.end();
    await watching;
  });
  const owned = opened.move();
  return {
    isReady: () => readyEngine(state) !== undefined,
    current: () => {
      const engine = readyEngine(state);
      if (!engine) throw noEngine();
      return engine;
    },
    refusals: bases.refusals,
    leave: () => state.leaving.abort(),
    restart: (base) => {
      if (base) bases.want(base);
      else bases.forgive();
      state.leaving.abort();
      void state.engine?.end();
    },
    whenReady: (signal) => whenReady(state, signal),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};

const readyEngine = ({ engine, leaving }: State): SupervisedEngine | undefined =>
  leaving.signal.aborted ? undefined : engine;

const whenReady = (state: State, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (readyEngine(state) || signal.aborted) return resolve();
    const goOn = () => {
      signal.removeEventListener("abort", goOn);
      resolve();
    };
    state.waiting.add(goOn);
    signal.addEventListener("abort", goOn, { once: true });
  });

const tellWaiting = ({ waiting }: State): void => {
  for (const resolve of waiting) resolve();
  waiting.clear();
};

/** Bases that are refused, or kill the engine each time, give way to the next. */
const startFirst = async (parts: Parts, state: State): Promise<SupervisedEngine> => {
  for (;;) {
    try {
      return await startEngine(parts, { leaving: state.leaving.signal, stop: stopOf(state) });
    } catch (error) {
      if (whatNext(parts, error) === "none") throw error;
    }
  }
};

/** What has its turn now that the wanted base could not be loaded. */
const whatNext = ({ bases, log }: Parts, error: unknown): ReturnType<BaseChoice["failed"]> => {
  const { modelId } = bases.wanted();
  const next = bases.failed(error);
  if (next !== "none")
    log.error({ err: error, model: modelId, next: bases.wanted().modelId }, "a base model can't be loaded");
  return next;
};

const startEngine = async (
  { options, log, spare, bases }: Parts,
  { leaving, stop }: { leaving: AbortSignal; stop: AbortSignal },
): Promise<SupervisedEngine> => {
  let child: EngineChild | undefined;
  const start = async () => {
    child = await (spare ? spare.startEngine() : startChild(options.command, log));
    return child;
  };
  // An engine that still loads has nothing to save.
  const abandon = () => child?.kill("SIGKILL");
  stop.addEventListener("abort", abandon, { once: true });
  try {
    const base = bases.wanted();
    const engine = await loadEngine({ ...options, base }, log, start);
    bases.loaded(base);
    return { ...engine, leaving };
  } finally {
    stop.removeEventListener("abort", abandon);
  }
};

const watch = async (restart: Restart): Promise<void> => {
  const { state, log } = restart;
  while (state.engine) {
    const readyAt = performance.now();
    const error = await state.engine.closed;
    state.engine = undefined;
    if (state.ending.signal.aborted) return;
    if (state.leaving.signal.aborted) log.info("the engine ended as it was told to; starting another");
    else {
      const served = performance.now() - readyAt;
      await pauseAfter(restart, { error, served, message: "the engine ended; starting it again" });
    }
    state.engine = await startAgain(restart);
    if (readyEngine(state)) tellWaiting(state);
  }
};

type Restart = Parts & { state: State; pauses: RestartPauses };
type Crash = {
  error: unknown;
  /** Milliseconds. */
  served: number;
  message: string;
};

/** Logs the crash and waits; a worker that ends and another engine that is asked for wait no longer. */
const pauseAfter = async (
  { log, state, pauses }: Restart,
  { error, served, message }: Crash,
): Promise<void> => {
  const pauseMilliseconds = pauses.after(served);
  log.error({ err: error, pauseMilliseconds }, message);
  await delay(pauseMilliseconds, undefined, { signal: stopOf(state) }).catch(ignoreAbort);
};

/** Tries until an engine is up that nobody wants to be restarted; undefined when the worker ends. */
const startAgain = async (restart: Restart): Promise<SupervisedEngine | undefined> => {
  const { state, pauses } = restart;
  while (!state.ending.signal.aborted) {
    if (state.leaving.signal.aborted) pauses.reset();
    const leaving = new AbortController();
    state.leaving = leaving;
    try {
      const engine = await startEngine(restart, { leaving: leaving.signal, stop: stopOf(state) });
      if (!stopOf(state).aborted) return engine;
      await engine.end();
    } catch (error) {
      if (stopOf(state).aborted || whatNext(restart, error) === "another") continue;
      await pauseAfter(restart, { error, served: 0, message: "the engine can't be started; trying again" });
    }
  }
  return undefined;
};

/** Aborted when the worker ends, or when the engine's code changed again while it was loaded. */
const stopOf = ({ ending, leaving }: State): AbortSignal => AbortSignal.any([ending.signal, leaving.signal]);

const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
};
