import { expect, test } from "vitest";
import { createEventQueue } from "./event-queue.ts";

test("values come in order, those pushed before and after the reader waits", async () => {
  const queue = createEventQueue<number>();
  queue.push(1);
  const read = Array.fromAsync(queue);
  queue.push(2);
  queue.close();
  queue.push(3);
  expect(await read).toEqual([1, 2]);
});

test("a failure comes after the values that were there", async () => {
  const queue = createEventQueue<number>();
  queue.push(1);
  queue.fail(new Error("gone"));
  const seen: number[] = [];
  const read = async () => {
    for await (const value of queue) seen.push(value);
  };
  await expect(read()).rejects.toThrow("gone");
  expect(seen).toEqual([1]);
});
