import { expect, test } from "vitest";
import { createEngineClock } from "./engine-clock.ts";

const setUp = () => {
  const here = { seconds: 100 };
  return { here, clock: createEngineClock(() => here.seconds) };
};

test("between two lines the engine's clock goes on by as much as passes here, and stands where a late line says", () => {
  const { here, clock } = setUp();
  here.seconds = 101;
  clock.tell(0.5);
  here.seconds = 130;
  expect([clock.told(), clock.now()]).toEqual([0.5, 29.5]);
  clock.tell(10);
  expect([clock.told(), clock.now()]).toEqual([10, 10]);
});

test("an engine's time never runs back, and no faster than ours since before its start", () => {
  const { here, clock } = setUp();
  here.seconds = 105;
  clock.tell(5);
  clock.tell(5);
  expect(() => clock.tell(4.9)).toThrow("stamped 4.9 s, and the one before it 5 s");
  expect(() => clock.tell(5.1)).toThrow("stamped 5.1 s, 5 s after its engine was started");
  expect(clock.told()).toBe(5);
});
