import type { Injected } from "../faults/follow-faults.ts";
import type { Outcome } from "../faults/inject-fault.ts";
import type { Received } from "../receiver/start-receiver.ts";
import { type Fault, type FaultKind, proxiedPart } from "../schedule/fault.ts";
import type { WrittenDiary } from "../users/diary.ts";
import type { LimitSample } from "./limits.ts";
import type { Facts } from "./read-facts.ts";
import type { EventRow } from "./rows.ts";
import { type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("what is to be shown has happened");

/** What has to have happened at least once: where it never did, nothing of it was tried. */
export type Wanted = {
  /** Outcomes of wishes, as the diaries count them. */
  outcomes: string[];
  /** Long enough for every kind of fault to hit something, and to cost some run an attempt. */
  isLong: boolean;
};

/** What was to be injected, and what became of it. */
export type Faults = { planned: Pick<Fault, "kind">[]; injected: Pick<Injected, "kind" | "outcome">[] };

type Exercised = Wanted & { faults: Faults; received: Received[]; limits: LimitSample[] };
type Happened = [what: string, isSo: boolean];

export const checkExercised = (facts: Facts, diaries: WrittenDiary[], exercised: Exercised): Violation[] =>
  [...usersDid(facts, diaries, exercised), ...faultsHit(exercised), ...faultsCost(facts, exercised)]
    .filter(([, isSo]) => !isSo)
    .map(([what]) =>
      violation("the service", `never: ${what}`, "select status, count(*) from runs group by 1"),
    );

const usersDid = (
  { runs }: Facts,
  diaries: WrittenDiary[],
  { received, outcomes, limits }: Exercised,
): Happened[] => {
  const told = diaries.flatMap((diary) => diary.runs);
  const counted = new Map(diaries.flatMap((diary) => diary.outcomes));
  return [
    ["a run is completed", runs.some(({ status }) => status === "completed")],
    ["a run is watched to its end by the client", told.some(({ by, isOver }) => by === "client" && isOver)],
    ["a run is watched to its end by plain HTTP", told.some(({ by, isOver }) => by === "http" && isOver)],
    ["a webhook is delivered", received.length > 0],
    ["runs are counted beside their limits", limits.length > 0],
    ...outcomes.map((outcome): Happened => [`'${outcome}'`, counted.has(outcome)]),
  ];
};

/** So many of which none finds anything are no bad luck. */
const many = 3;

/**
 * Each kind that was planned has hit something. In a short time, or planned a few times only, one may find nothing there
 * each time, as an engine that is just being started again, or a request that nobody makes in those seconds; what is there
 * is hit.
 */
const faultsHit = ({ faults: { planned, injected }, isLong }: Exercised): Happened[] => {
  const ofKind = (kind: FaultKind) => (fault: Pick<Fault, "kind">) => fault.kind === kind;
  const kinds = [...new Set(planned.map(({ kind }) => kind))];
  const parts = {
    "broken requests": proxiedPart,
    "signals to processes": (fault: Pick<Fault, "kind">) => !proxiedPart(fault),
  };
  return [
    ...kinds.map(
      (kind): Happened => [
        `'${kind}' hits something`,
        isHit(injected.filter(ofKind(kind)), isLong && planned.filter(ofKind(kind)).length >= many),
      ],
    ),
    ...Object.entries(parts).map(
      ([what, isOf]): Happened => [
        `${what} hit something`,
        planned.filter(isOf).length < many || isHit(injected.filter(isOf), true),
      ],
    ),
  ];
};

const isHit = (injected: Pick<Injected, "outcome">[], isCertain: boolean): boolean => {
  const outcomes = new Set<Outcome>(injected.map(({ outcome }) => outcome));
  return outcomes.has("hit") || (!isCertain && outcomes.has("nothing there") && outcomes.size === 1);
};

/** That a lease is lost, or a run goes on from a checkpoint, is no certain thing in minutes: the report counts them. */
const faultsCost = ({ events }: Facts, { isLong }: Wanted): Happened[] => {
  if (!isLong) return [];
  const isCost = ({ type, data }: EventRow): boolean =>
    type === "run-requeued" && ["lease_lost", "system_fault"].includes(String(data.reason));
  return [["a fault costs a run its attempt", events.some(isCost)]];
};
