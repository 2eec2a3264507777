import { expect, test } from "vitest";
import { fairnessWhileAllWait } from "./fairness.ts";

const run = (user: string, claimed: number, ended: number) => ({ user, claimed, ended });

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

test("what a user gets once nobody else waits is not counted", () => {
  const runs = [run("ada", 0, 10), run("bob", 0, 10), run("ada", 10, 20), run("bob", 10, 20)];
  expect(fairnessWhileAllWait([...runs, run("ada", 20, 1_000)])).toBe(1);
});
