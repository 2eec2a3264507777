import { expect, test } from "vitest";
import { describeError } from "./describe-error.ts";
import { eachInTurn } from "./each-in-turn.ts";

const items = Array.from({ length: 20 }, (_, index) => index);
const failing =
  (fails: (item: number) => boolean, done: number[] = []) =>
  async (item: number) => {
    if (fails(item)) throw new Error(`${item}`);
    done.push(item);
  };

test("an item that fails doesn't keep the others from their turn, and its failure is thrown at the end", async () => {
  const done: number[] = [];
  await expect(
    eachInTurn(
      items,
      failing((item) => item === 3, done),
    ),
  ).rejects.toThrow("3");
  expect(done).toEqual(items.filter((item) => item !== 3));
});

test("several failures are all reported, and a log line tells of each", async () => {
  const failure: unknown = await eachInTurn(
    items,
    failing((item) => item % 2 === 0),
  ).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: "10 of 20 failed", errors: { length: 10 } });
  expect(describeError(failure)).toMatchObject({
    errors: items.filter((item) => item % 2 === 0).map((item) => ({ message: `${item}` })),
  });
});

test("ten failures in a row leave the rest to the next time", async () => {
  const done: number[] = [];
  const failed = eachInTurn(
    items,
    failing((item) => item > 0 && item < 15, done),
  );
  await expect(failed).rejects.toMatchObject({ errors: { length: 10 } });
  expect(done).toEqual([0]);
});
