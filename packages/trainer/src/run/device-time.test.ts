import { expect, test } from "vitest";
import { createDeviceTime } from "./device-time.ts";
import { createStepMeter } from "./step-meter.ts";

const setUp = () => {
  const clock = { seconds: 100 };
  const device = createDeviceTime(() => clock.seconds);
  const pass = (seconds: number): void => {
    clock.seconds += seconds;
  };
  return { device, pass };
};

test("one run has all of the time, and none of what passed before and after it", () => {
  const { device, pass } = setUp();
  pass(50);
  const share = device.join();
  pass(8);
  expect(share.seconds()).toBe(8);
  share[Symbol.dispose]();
  pass(50);
  expect(share.seconds()).toBe(8);
});

test("runs split each second by their rates; one whose rate is unknown counts like the others on average", () => {
  const { device, pass } = setUp();
  const fast = device.join();
  const slow = device.join();
  pass(10);
  expect([fast.seconds(), slow.seconds()]).toEqual([5, 5]);
  fast.setRate(3_000);
  slow.setRate(1_000);
  pass(4);
  expect([fast.seconds(), slow.seconds()]).toEqual([8, 6]);
  const newcomer = device.join();
  pass(6);
  expect([fast.seconds(), slow.seconds(), newcomer.seconds()]).toEqual([11, 7, 2]);
  fast[Symbol.dispose]();
  newcomer[Symbol.dispose]();
  pass(3);
  expect([fast.seconds(), slow.seconds(), newcomer.seconds()]).toEqual([11, 10, 2]);
});

test("all shares together are the time in which anybody trained", () => {
  const { device, pass } = setUp();
  const shares = [1, 10, 0, 250].map((rate) => {
    const share = device.join();
    pass(1.5);
    share.setRate(rate);
    pass(0.25);
    return share;
  });
  expect(shares.reduce((sum, share) => sum + share.seconds(), 0)).toBeCloseTo(4 * 1.75, 9);
});

test("a run's meter tells each step alone, what the next one took so far, and nothing beside training", () => {
  const { device, pass } = setUp();
  const meter = createStepMeter(device);
  expect(meter.open()).toBeUndefined();
  pass(30);
  meter.start(4);
  pass(2);
  expect(meter.open()).toEqual({ step: 4, seconds: 2 });
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
