import { expect, test } from "vitest";
import { fairnessWhileAllWait } from "./fairness.ts";

const run = (user: string, claimed: number, ended: number, seconds = (ended - claimed) / 1000) => ({
  user,
  claimed,
  ended,
  seconds,
});

test("users who got the same are served fairly, whoever has more runs that wait", () => {
  const runs = [
    ...[run("ada", 0, 10), run("ada", 10, 20), run("ada", 30, 40), run("ada", 40, 50)],
    ...[run("bob", 0, 10), run("bob", 10, 20), run("bob", 20, 30)],
  ];
  expect(fairnessWhileAllWait(runs)).toBe(1);
});

test("one of two users who gets everything while the other waits is half of what is fair", () => {
  expect(fairnessWhileAllWait([run("ada", 0, 10), run("ada", 10, 20), run("bob", 20, 30)])).toBeCloseTo(0.5);
});

test("what was billed counts, and of a run that goes on as much as of its time has passed", () => {
  const adas = [run("ada", 0, 20, 4), run("ada", 10, 20, 0)];
  const bobs = [run("bob", 0, 10, 2), run("bob", 10, 20, 9)];
  expect(fairnessWhileAllWait([...adas, ...bobs])).toBe(1);
});

test("what a user gets once nobody else waits is not counted", () => {
  const runs = [run("ada", 0, 10), run("bob", 0, 10), run("ada", 10, 20), run("bob", 10, 20)];
  expect(fairnessWhileAllWait([...runs, run("ada", 20, 1_000)])).toBe(1);
});
