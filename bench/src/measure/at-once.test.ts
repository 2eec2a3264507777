import { expect, test } from "vitest";
import { timeEach } from "./at-once.ts";

test("does each piece of work once, never more at once than told", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  const durations = await timeEach({ times: 20, atOnce: 4 }, async (index) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    done.push(index);
  });
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(durations).toHaveLength(20);
  expect(most).toBe(4);
});
