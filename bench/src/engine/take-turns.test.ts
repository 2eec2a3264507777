import { expect, test } from "vitest";
import { takeTurns } from "./take-turns.ts";

test("arms take turns in alternating order, after a turn of the warm ones that is not counted", async () => {
  const order: string[] = [];
  let turn = 0;
  const arm = (name: string) => async () => {
    order.push(name);
    turn += 1;
    return { seconds: turn, loss: 1 };
  };
  const turns = await takeTurns(
    { "TRL, fresh process": arm("fresh"), "ours, one run": arm("ours") },
    { rounds: 2, onTurn: () => undefined },
  );
  expect(order).toEqual(["ours", "fresh", "ours", "ours", "fresh"]);
  expect(turns["ours, one run"]?.map(({ seconds }) => seconds)).toEqual([3, 4]);
});
