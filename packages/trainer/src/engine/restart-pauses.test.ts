import { expect, test } from "vitest";
import { createRestartPauses } from "./restart-pauses.ts";

const minute = 60_000;

test("an engine that keeps ending soon is started again after longer and longer pauses, up to a limit", () => {
  const pauses = createRestartPauses();
  const waits = [0, 1, 900, 0, 5, minute - 1, 0, 0, 0].map(pauses.after);
  expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("an engine that served well is started again at once, whatever was before it", () => {
  const pauses = createRestartPauses();
  for (let crash = 0; crash < 5; crash += 1) pauses.after(0);
  expect([minute, 0, 0].map(pauses.after)).toEqual([0, 500, 1_000]);
});

test("what is forgotten counts no more", () => {
  const pauses = createRestartPauses();
  pauses.after(0);
  pauses.reset();
  expect(pauses.after(0)).toBe(0);
});
