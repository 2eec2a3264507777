import { expect, test } from "vitest";
import { createDeviceTime } from "../engine/device-time.ts";
import { createStepMeter } from "./step-meter.ts";

test("a run's meter tells each step alone, what the next one took so far, and nothing beside training", () => {
  const clock = { told: 100, now: 100 };
  const pass = (seconds: number): void => {
    clock.told += seconds;
    clock.now = clock.told;
  };
  const meter = createStepMeter(createDeviceTime({ told: () => clock.told, now: () => clock.now }));
  expect(meter.open()).toBeUndefined();
  pass(30);
  meter.start(4);
  pass(2);
  expect(meter.open()).toEqual({ step: 4, seconds: 2 });
  clock.now += 20;
  expect(meter.open()).toEqual({ step: 4, seconds: 22 });
  pass(1);
  meter.done({ step: 5, tokensPerSecond: 10 });
  pass(7);
  expect(meter.open()).toEqual({ step: 5, seconds: 7 });
  meter.done({ step: 6, tokensPerSecond: 10 });
  meter.stop();
  pass(30);
  expect(meter.open()).toBeUndefined();
  meter.done({ step: 7, tokensPerSecond: 10 });
  expect([5, 6, 7].map(meter.take)).toEqual([3, 7, 0]);
});
