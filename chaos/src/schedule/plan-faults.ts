import {
  type Fault,
  type FaultKind,
  type HeavyFault,
  heavyKinds,
  hostCount,
  type LightFault,
  lightKinds,
  type Planned,
  secondsOf,
  workerCount,
} from "./fault.ts";
import { createRandom, type Random } from "./random.ts";

type Span = readonly [least: number, most: number];
export type FaultPace = {
  /** Of all faults: seconds. */
  seconds: number;
  leaseSeconds: number;
  betweenLight: Span;
  /** From one heavy fault to the second one of a pair. */
  betweenHeavy: Span;
  /** After each pair: long enough for any run to be taken up and to write a checkpoint. */
  quiet: Span;
};

/**
 * The faults that a seed stands for, in their order. A run that two faults in a row have cost an attempt is spared the
 * third one: it would be given up without being at fault.
 */
export const planFaults = (seed: number, pace: FaultPace): Planned<Fault>[] =>
  [...planHeavy(createRandom(`${seed} heavy`), pace), ...planLight(createRandom(`${seed} light`), pace)].sort(
    (one, other) => one.at - other.at,
  );

const planHeavy = (random: Random, pace: FaultPace): Planned<HeavyFault>[] => {
  const planned: Planned<HeavyFault>[] = [];
  const kinds = endlessly(random, heavyKinds);
  let at = random.between(...pace.betweenHeavy);
  while (at < pace.seconds) {
    const fault = heavyFault(random, kinds(), pace);
    planned.push({ ...fault, at });
    const isSecond = planned.length % 2 === 0;
    at += secondsOf(fault) + random.between(...(isSecond ? pace.quiet : pace.betweenHeavy));
  }
  return planned;
};

const planLight = (random: Random, pace: FaultPace): Planned<LightFault>[] => {
  const planned: Planned<LightFault>[] = [];
  const kinds = endlessly(random, lightKinds);
  let at = random.between(...pace.betweenLight);
  while (at < pace.seconds) {
    const fault = lightFault(random, kinds());
    planned.push({ ...fault, at });
    at += random.between(...pace.betweenLight);
  }
  return planned;
};

/** Each kind comes before any comes twice, so that a short time sees them all. */
const endlessly = <Kind extends FaultKind>(random: Random, kinds: readonly Kind[]): (() => Kind) => {
  let deck: Kind[] = [];
  return () => {
    if (deck.length === 0) deck = random.shuffled(kinds);
    const [next, ...rest] = deck as [Kind, ...Kind[]];
    deck = rest;
    return next;
  };
};

const heavyFault = (random: Random, kind: HeavyFault["kind"], { leaseSeconds }: FaultPace): HeavyFault => {
  switch (kind) {
    case "worker-killed":
    case "engine-killed":
      return { kind, worker: random.below(workerCount) };
    case "worker-paused":
      // Past its lease: when it goes on, somebody else has its runs.
      return { kind, worker: random.below(workerCount), seconds: leaseSeconds + random.between(3, 6) };
    case "store-unavailable":
      return { kind, seconds: random.between(1, 4) };
    case "database-killed":
    case "database-stopped":
      return { kind };
  }
};

const lightFault = (random: Random, kind: LightFault["kind"]): LightFault => {
  switch (kind) {
    case "host-killed":
      return { kind, host: random.below(hostCount) };
    case "host-paused":
      return { kind, host: random.below(hostCount), seconds: random.between(2, 8) };
    case "store-slow":
      return { kind, seconds: random.between(2, 5), delayMs: Math.round(random.between(100, 1_500)) };
    case "store-put-cut":
    case "store-answer-lost":
    case "receiver-unavailable":
    case "receiver-answer-lost":
      // Fewer than the tries of one request.
      return { kind, times: 1 + random.below(3) };
  }
};
