/** How many there are of each. */
export const hostCount = 2;
export const workerCount = 3;

/** Costs a run its attempt, or may: the run's lease is lost or its engine gone. */
export type HeavyFault =
  | { kind: "worker-killed"; worker: number }
  | { kind: "worker-paused"; worker: number; seconds: number }
  | { kind: "engine-killed"; worker: number }
  | { kind: "database-killed" }
  | { kind: "database-stopped" }
  | { kind: "store-unavailable"; seconds: number };

/** What everybody has to bear without losing anything. */
export type LightFault =
  | { kind: "host-killed"; host: number }
  | { kind: "host-paused"; host: number; seconds: number }
  | { kind: "store-slow"; seconds: number; delayMs: number }
  | { kind: "store-put-cut"; times: number }
  | { kind: "store-answer-lost"; times: number }
  /** Whoever is sent webhooks. */
  | { kind: "receiver-unavailable"; times: number }
  | { kind: "receiver-answer-lost"; times: number };

export type Fault = HeavyFault | LightFault;
export type FaultKind = Fault["kind"];
/** `at`: seconds after the begin; that of heavy faults is when all workers are ready. */
export type Planned<Thing> = Thing & { at: number };

export const heavyKinds = [
  "worker-killed",
  "worker-paused",
  "engine-killed",
  "database-killed",
  "database-stopped",
  "store-unavailable",
] as const satisfies HeavyFault["kind"][];
export const lightKinds = [
  "host-killed",
  "host-paused",
  "store-slow",
  "store-put-cut",
  "store-answer-lost",
  "receiver-unavailable",
  "receiver-answer-lost",
] as const satisfies LightFault["kind"][];

export const isHeavy = (fault: Fault): fault is HeavyFault => heavyKinds.some((kind) => kind === fault.kind);

export const secondsOf = (fault: Fault): number => ("seconds" in fault ? fault.seconds : 0);

/** What a fault breaks by a proxy, which knows one fault at a time; `undefined`: nothing of that kind. */
export const proxiedPart = ({ kind }: Pick<Fault, "kind">): string | undefined =>
  /^(store|receiver)-/.exec(kind)?.[1];
