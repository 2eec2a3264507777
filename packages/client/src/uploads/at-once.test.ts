import { expect, test } from "vitest";
import { atOnce } from "./at-once.ts";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

test("works at every item, never at more than the limit at a time", async () => {
  let [underWay, most] = [0, 0];
  const done: number[] = [];
  await atOnce([1, 2, 3, 4, 5, 6, 7], { limit: 3, signal: undefined }, async (item) => {
    most = Math.max(most, ++underWay);
    await nextTurn();
    underWay--;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("the first failure ends the others, which are waited for, and no further item is begun", async () => {
  const failure = new Error("broken");
  const seen: unknown[] = [];
  const work = atOnce([1, 2, 3, 4], { limit: 2, signal: undefined }, async (item, signal) => {
    if (item === 1) throw failure;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await nextTurn();
    seen.push(item, signal.reason);
  });
  await expect(work).rejects.toBe(failure);
  expect(seen).toEqual([2, failure]);
});

test("an aborted signal ends it with its reason", async () => {
  const controller = new AbortController();
  const work = atOnce([1, 2], { limit: 1, signal: controller.signal }, async (item, signal) => {
    expect(item).toBe(1);
    controller.abort("enough");
    expect(signal.reason).toBe("enough");
  });
  await expect(work).rejects.toBe("enough");
  await expect(atOnce([1], { limit: 1, signal: AbortSignal.abort("no") }, nextTurn as never)).rejects.toBe(
    "no",
  );
});
