import { expect, test } from "vitest";
import { createDeviceTime } from "./device-time.ts";

/** `pass`: so much passes until the engine's next line; `wait`: and since then until now. */
const setUp = () => {
  const clock = { told: 100, now: 100 };
  const device = createDeviceTime({ told: () => clock.told, now: () => clock.now });
  const wait = (seconds: number): void => {
    clock.now += seconds;
  };
  const pass = (seconds: number): void => {
    clock.told += seconds;
    clock.now = clock.told;
  };
  return { device, pass, wait };
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

test("what passed since the engine's newest line is guessed, and counted by the next one alone", () => {
  const { device, pass, wait } = setUp();
  const fast = device.join();
  const slow = device.join();
  pass(2);
  fast.setRate(3_000);
  slow.setRate(1_000);
  wait(8);
  expect([fast.unheardSeconds(), slow.unheardSeconds()]).toEqual([6, 2]);
  expect([fast.seconds(), slow.seconds()]).toEqual([1, 1]);
  // The line was told after 4 of the 8 seconds, and read late.
  pass(4);
  expect([fast.seconds(), slow.seconds()]).toEqual([4, 2]);
  slow[Symbol.dispose]();
  wait(8);
  expect([fast.unheardSeconds(), slow.unheardSeconds()]).toEqual([8, 0]);
});
