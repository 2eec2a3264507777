import type { EngineCrash, Run } from "@loraloom/store/runs";
import type { Place } from "../run/place.ts";

/** The places of a worker's engines, one after the other. */
export type Places<Engine> = {
  /** Whether nobody can come now. */
  areTaken(): boolean;
  /** Resolves at the next moment when that may be otherwise. */
  changed(): Promise<void>;
  /** Gives a run a place for as long as it is worked on. */
  during(taking: { run: Run; engine: Engine }, work: (place: Place) => Promise<void>): Promise<void>;
  /** Resolves when all who have one now have left. */
  left(): Promise<unknown>;
};

type Taken<Engine> = {
  engine: Engine;
  isAlone: boolean;
  leaving: AbortController;
  left: PromiseWithResolvers<void>;
  crash: EngineCrash | undefined;
};

export const createPlaces = <Engine extends { closed: Promise<unknown> }>(slots: number): Places<Engine> => {
  const taken = new Set<Taken<Engine>>();
  const watched = new WeakSet<Engine>();
  let change = Promise.withResolvers<void>();
  const tellChange = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  const watch = (engine: Engine): void => {
    if (watched.has(engine)) return;
    watched.add(engine);
    void engine.closed.then(() => {
      const there = [...taken].filter((one) => one.engine === engine);
      for (const one of there) one.crash = there.length > 1 ? "in_company" : "alone";
    });
  };
  const placeOf = (own: Taken<Engine>, others: Taken<Engine>[]): Place => ({
    leaving: own.leaving.signal,
    free: Promise.all(own.isAlone ? others.map(({ left }) => left.promise) : []),
    follow: ({ crashedStep }) => {
      if (!own.isAlone || crashedStep !== null) return;
      own.isAlone = false;
      tellChange();
    },
    crash: () => own.crash,
  });
  return {
    areTaken: () => taken.size >= slots || [...taken].some(({ isAlone }) => isAlone),
    changed: () => change.promise,
    during: async ({ run, engine }, work) => {
      watch(engine);
      const others = [...taken];
      const isAlone = run.crashedStep !== null;
      const left = Promise.withResolvers<void>();
      const own = { engine, isAlone, left, leaving: new AbortController(), crash: undefined };
      taken.add(own);
      if (isAlone) for (const other of others) other.leaving.abort();
      try {
        await work(placeOf(own, others));
      } finally {
        taken.delete(own);
        left.resolve();
        tellChange();
      }
    },
    left: () => Promise.all([...taken].map(({ left }) => left.promise)),
  };
};
