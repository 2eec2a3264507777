import { expect, test } from "vitest";
import { createTurns } from "./in-turn.ts";

test("one work is done after the other, also after one that failed", async () => {
  const inTurn = createTurns();
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve));
    events.push(`${name} ends`);
    if (name === "b") throw new Error("broken");
    return name;
  };
  const turns = ["a", "b", "c"].map((name) => inTurn(work(name)));
  expect(await Promise.allSettled(turns)).toMatchObject([
    { value: "a" },
    { reason: { message: "broken" } },
    { value: "c" },
  ]);
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});
