import { expect, test } from "vitest";
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

test("several failures are all reported", async () => {
  const failed = eachInTurn(
    items,
    failing((item) => item % 2 === 0),
  );
  await expect(failed).rejects.toMatchObject({ message: "10 of 20 failed", errors: { length: 10 } });
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
