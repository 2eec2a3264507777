import { expect, test } from "vitest";
import { type Example, healthyExample } from "../testing/healthy-example.ts";
import { checkExercised } from "./exercised.ts";

/** What never happened. */
const missedIn = (spoil: (example: Example) => void): string[] => {
  const example = healthyExample();
  spoil(example);
  return checkExercised(example.facts, [example.diary], example.observed).map(({ message }) => message);
};

type Injected = Example["observed"]["faults"]["injected"];
const instead =
  (...injected: Injected) =>
  ({ observed }: Example) =>
    observed.faults.injected.splice(0, Number.POSITIVE_INFINITY, ...injected);

const hostKilled = { kind: "host-killed", outcome: "hit" } as const;
const hostPaused = { kind: "host-paused", outcome: "hit" } as const;

test("a fault that was there to be hit, and bore it, is told", () => {
  const spoil = instead(hostKilled, hostPaused, { kind: "engine-killed", outcome: "missed" });
  expect(missedIn(spoil)).toEqual(["never: 'engine-killed' hits something"]);
});

test("so is one that was planned and never injected", () => {
  expect(missedIn(instead(hostKilled, hostPaused))).toEqual(["never: 'engine-killed' hits something"]);
});

test("one that found nothing there is excused, unless all of them did", () => {
  expect(missedIn(() => undefined)).toEqual([]);
  const kinds = ["host-killed", "host-paused", "engine-killed"] as const;
  const spoil = instead(...kinds.map((kind) => ({ kind, outcome: "nothing there" as const })));
  expect(missedIn(spoil)).toEqual(["never: signals to processes hit something"]);
});

test("so are requests that nobody makes, unless none of many was made", () => {
  const cut = { kind: "store-put-cut", outcome: "nothing there" } as const;
  const spoil = ({ observed: { faults } }: Example) => {
    faults.planned.push(cut, cut, cut);
    faults.injected.push(cut, cut, cut);
  };
  expect(missedIn(spoil)).toEqual(["never: broken requests hit something"]);
});

test("in a long time each kind that is planned often hits something, and a fault costs some run its attempt", () => {
  const none = { kind: "engine-killed", outcome: "nothing there" } as const;
  const inLongTime = (example: Example) => {
    Object.assign(example.observed, { isLong: true });
    const { faults } = example.observed;
    faults.planned = [...faults.planned.filter(({ kind }) => kind !== none.kind), none, none, none];
  };
  expect(missedIn(inLongTime)).toEqual([
    "never: 'engine-killed' hits something",
    "never: a fault costs a run its attempt",
  ]);
  const exercised = (example: Example) => {
    inLongTime(example);
    instead(hostKilled, hostPaused, { kind: "engine-killed", outcome: "hit" })(example);
    const [event] = example.facts.events;
    example.facts.events.push({ ...event, type: "run-requeued", data: { reason: "lease_lost" } } as never);
  };
  expect(missedIn(exercised)).toEqual([]);
});
