import { expect, test } from "vitest";
import { sizeOfMinutes, smokeSize } from "../sizes.ts";
import { heavyKinds, isHeavy, lightKinds, secondsOf } from "./fault.ts";
import { planSchedule } from "./schedule.ts";

const { pace } = sizeOfMinutes(5);

test("the same seed gives the same faults and the same intents, another one others", () => {
  const schedule = planSchedule(7, pace);
  expect(planSchedule(7, pace)).toEqual(schedule);
  expect(schedule.digest).toBe("3e081e631b66");
  expect(planSchedule(8, pace).digest).not.toBe(schedule.digest);
});

test("every kind of fault comes, in the short run all light ones", () => {
  const kindsOf = ({ faults }: { faults: { kind: string }[] }) => new Set(faults.map(({ kind }) => kind));
  expect([...kindsOf(planSchedule(1, pace))].sort()).toEqual([...heavyKinds, ...lightKinds].sort());
  expect([...kindsOf(planSchedule(1, smokeSize.pace))]).toEqual(expect.arrayContaining([...lightKinds]));
});

test("after each pair of faults that may cost an attempt there is time for a checkpoint", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const heavy = planSchedule(seed, pace).faults.filter(isHeavy);
    for (const [index, fault] of heavy.entries()) {
      const before = heavy[index - 1];
      if (!before || index % 2 === 1) continue;
      expect(fault.at - before.at - secondsOf(before)).toBeGreaterThanOrEqual(pace.faults.quiet[0]);
    }
  }
});

test("each user begins with something to train on", () => {
  for (const intents of planSchedule(3, pace).intents) expect(intents[0]?.kind).toBe("upload");
});
