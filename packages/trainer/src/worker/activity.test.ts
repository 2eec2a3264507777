import { expect, test } from "vitest";
import { createActivity } from "./activity.ts";

async function* answer() {
  yield "a";
  yield "b";
}

test("a worker is idle once its runs have ended and nobody has asked it for 10 s", async () => {
  let now = 0;
  const activity = createActivity(() => now);
  const run = activity.beginRun();
  expect(activity.isIdle()).toBe(false);
  const lines = activity.duringCall(answer());
  await lines.next();
  run[Symbol.dispose]();
  expect(activity.isIdle()).toBe(false);
  await lines.return(undefined);
  now = 9_999;
  expect(activity.isIdle()).toBe(false);
  now = 10_000;
  expect(activity.isIdle()).toBe(true);
});

test("what is over is waited for, and what goes on for too long no longer", async () => {
  const activity = createActivity();
  const run = activity.beginRun();
  await activity.whenOver(1);
  const over = activity.whenOver(60_000);
  run[Symbol.dispose]();
  await over;
  await activity.whenOver(60_000);
});
