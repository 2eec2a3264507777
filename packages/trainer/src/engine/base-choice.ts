import { isLoraloomError, type LoraloomError } from "@loraloom/errors";
import { engineKeyOf } from "@loraloom/store/env";
import type { BaseModel } from "./load-engine.ts";

/** Loads that may fail for a passing reason, such as an engine that is killed, before another base has its turn. */
const mostFailures = 3;

/** Which of a worker's bases its engine is to hold; a base that can't be loaded gives way to the others. */
export type BaseChoice = {
  wanted(): BaseModel;
  want(base: BaseModel): void;
  loaded(base: BaseModel): void;
  /**
   * The wanted one could not be loaded.
   *
   * @returns what has its turn now: another base, the same one once more, or nothing that would help
   */
  failed(error: unknown): "another" | "again" | "none";
  /** Refused bases may be tried again: other code may load what the last one could not. */
  forgive(): void;
  /** Why bases are not tried again for now, by their engine keys. */
  refusals: ReadonlyMap<string, LoraloomError>;
};

/** @param bases at least one; the first is held first */
export const createBaseChoice = (bases: [BaseModel, ...BaseModel[]]): BaseChoice => {
  const refusals = new Map<string, LoraloomError>();
  let wanted = bases[0];
  let lastLoaded: BaseModel | undefined;
  let failures = 0;
  const otherThanWanted = (): BaseModel | undefined => {
    const others = bases.filter((base) => base !== wanted && !refusals.has(engineKeyOf(base)));
    return others.find((base) => base === lastLoaded) ?? others[0];
  };
  const want = (base: BaseModel): void => {
    if (base !== wanted) failures = 0;
    wanted = base;
  };
  return {
    refusals,
    wanted: () => wanted,
    want,
    loaded: (base) => {
      lastLoaded = base;
      failures = 0;
    },
    failed: (error) => {
      failures += 1;
      const other = otherThanWanted();
      // The last one that is left is tried for ever: nothing else could be held.
      if (!other || !isLoraloomError(error)) return "none";
      if (error.retryable && failures < mostFailures) return "again";
      refusals.set(engineKeyOf(wanted), error);
      want(other);
      return "another";
    },
    forgive: () => {
      refusals.clear();
      failures = 0;
    },
  };
};
