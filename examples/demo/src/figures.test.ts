import { expect, it } from "vitest";
import { brokenPromises } from "./figures.ts";

const good = {
  heldOutBefore: 5,
  heldOutAfter: 3,
  excludedAbsent: true,
  peftMaxDiff: 2e-5,
  trainSeconds: 60,
  runSeconds: 70,
  estimatedSeconds: 80,
  totalSeconds: 100,
  peakMemoryMB: 2000,
};

it("is content when every promise is kept", () => {
  expect(brokenPromises(good)).toEqual([]);
  expect(brokenPromises({ ...good, heldOutAfter: 4.5 })).toEqual([]);
});

it.each([
  [{ heldOutAfter: 4.51 }],
  [{ heldOutAfter: Number.NaN }],
  [{ excludedAbsent: false }],
  [{ peftMaxDiff: 2e-4 }],
  [{ peftMaxDiff: Number.NaN }],
])("names the promise that %j breaks", (change) => {
  expect(brokenPromises({ ...good, ...change })).toHaveLength(1);
});
