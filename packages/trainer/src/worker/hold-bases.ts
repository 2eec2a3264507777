import { setTimeout as delay } from "node:timers/promises";
import { LoraloomError } from "@loraloom/errors";
import type { Logger, Store } from "@loraloom/store";
import { engineKeyOf } from "@loraloom/store/env";
import type { WorkerBase } from "@loraloom/store/tables";
import { claimBase, listAwaited } from "@loraloom/store/workers";
import type { BaseModel, EngineOptions } from "../engine/load-engine.ts";
import type { EngineSupervisor } from "../engine/supervise.ts";
import type { Activity } from "./activity.ts";
import type { Admission } from "./admission.ts";
import { type BaseRules, chooseBase } from "./choose-base.ts";
import { toldRefusal } from "./told-refusal.ts";

/** Between two looks at who waits. */
const lookMilliseconds = 500;
/** Runs write a checkpoint, and open chats may go on for so long. */
const drainMilliseconds = 30_000;

/** Which base a worker holds, and what it is about to do about it. */
export type BaseHolding = {
  /** `ready` is not said of an engine that is being started. */
  state(): "ready" | "draining" | "switching";
  held(): string;
  next(): string | null;
  /** All that can be held. */
  bases(): WorkerBase[];
  /** @throws LoraloomError `model_not_loaded` while the base changes, and where another one is meant */
  requireHeld(engineKey: string | undefined): void;
  /** Changes bases by the rules until the worker ends. */
  follow(options: { workerId: string; tell: () => Promise<void> }): Promise<void>;
};

export type HoldingOptions = {
  store: Store;
  log: Logger;
  engine: EngineSupervisor;
  options: EngineOptions;
  rules: BaseRules;
  activity: Activity;
  admission: Pick<Admission, "isOpen">;
  /** Aborted when the worker ends. */
  draining: AbortSignal;
};
type State = {
  phase: ReturnType<BaseHolding["state"]>;
  held: string;
  heldSince: number;
  next: string | null;
};

/** Holds a worker's bases in turn. */
export const holdBases = (holding: HoldingOptions): BaseHolding => {
  const { engine, options } = holding;
  const bases = new Map(
    [options.base, ...(options.furtherBases ?? [])].map((base) => [engineKeyOf(base), base]),
  );
  const state: State = {
    phase: "ready",
    held: engine.current().engineKey,
    heldSince: performance.now(),
    next: null,
  };
  return {
    state: () => state.phase,
    held: () => syncHeld(engine, state),
    next: () => state.next,
    bases: () =>
      [...bases].map(([engineKey, base]) => ({
        engineKey,
        refusal: toldRefusal(engine.refusals.get(engineKey), base),
      })),
    requireHeld: (engineKey) => {
      syncHeld(engine, state);
      requireHeld(state, engineKey);
    },
    follow: async ({ workerId, tell }) => {
      if (bases.size === 1) return;
      const turn = { ...holding, bases, state, workerId, tell };
      while (!holding.draining.aborted) {
        await takeTurn(turn);
        await delay(lookMilliseconds, undefined, { signal: holding.draining }).catch(ignoreAbort);
      }
    },
  };
};

const requireHeld = ({ phase, held, next }: State, asked: string | undefined): void => {
  if (phase !== "ready")
    throw notHeld(`changes from '${held}' to '${next}' and takes no call`, { held, next });
  if (asked !== undefined && asked !== held)
    throw notHeld(`holds '${held}', not '${asked}'`, { held, asked });
};

const notHeld = (what: string, details: object): LoraloomError =>
  new LoraloomError("model_not_loaded", `This worker ${what}.`, { details: { ...details } });

/** Takes over what the engine holds, which may have given up a base by itself, such as one whose files are gone since. */
const syncHeld = (engine: EngineSupervisor, state: State): string => {
  if (!engine.isReady()) return state.held;
  const held = engine.current().engineKey;
  if (state.phase === "ready" && held === state.held) return held;
  Object.assign(state, { phase: "ready", held, heldSince: performance.now(), next: null });
  return held;
};

type Turn = HoldingOptions & {
  bases: Map<string, BaseModel>;
  state: State;
  workerId: string;
  tell: () => Promise<void>;
};

/** A database that does not answer now is asked again at the next look. */
const takeTurn = async (turn: Turn): Promise<void> => {
  try {
    syncHeld(turn.engine, turn.state);
    const chosen = await choose(turn);
    const base = chosen === undefined ? undefined : turn.bases.get(chosen);
    if (base) await changeTo(base, turn);
  } catch (error) {
    turn.log.warn({ err: error }, "the worker could not look who waits for its base models, or change them");
  }
};

/** Most looks find nobody who waits: only a reason to change takes the workers' common lock. */
const choose = async (turn: Turn): Promise<string | undefined> => {
  const { store, engine, admission, workerId } = turn;
  // A drained worker would load a base for people whom it then leaves waiting.
  if (!engine.isReady() || !admission.isOpen()) return undefined;
  const chosen = decide(turn, {
    awaited: await listAwaited(store),
    heldElsewhere: new Set(),
    coming: new Set(),
  });
  if (chosen === undefined) return undefined;
  return claimBase(store, { workerId, choose: (claimable) => decide(turn, claimable) });
};

const decide = (
  { bases, state, engine, activity, rules }: Turn,
  claimable: Parameters<typeof chooseBase>[1],
): string | undefined => {
  const usable = [...bases.keys()].filter((engineKey) => !engine.refusals.has(engineKey));
  const heldSeconds = (performance.now() - state.heldSince) / 1000;
  return chooseBase({ held: state.held, heldSeconds, isIdle: activity.isIdle(), usable }, claimable, rules);
};

const changeTo = async (base: BaseModel, turn: Turn): Promise<void> => {
  const { engine, state, activity, draining, log, tell } = turn;
  const next = engineKeyOf(base);
  log.info({ held: state.held, next }, "changing the base model");
  Object.assign(state, { phase: "draining", next });
  engine.leave();
  await tell();
  await activity.whenOver(drainMilliseconds);
  if (draining.aborted) return;
  // Both once more: an engine that crashed meanwhile has come back as if nothing were to change.
  Object.assign(state, { phase: "switching", next });
  await tell();
  engine.restart(base);
  await engine.whenReady(draining);
  if (draining.aborted) return;
  const held = syncHeld(engine, state);
  await tell();
  log.info({ held }, "the base model is loaded");
};

const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
};
