import type { RunEvent } from "@loraloom/client";
import { expect, it } from "vitest";
import type { Bar, Screen } from "../screen.ts";
import { createBoard } from "./board.ts";
import { choosePeople } from "./people.ts";

const [osk, ida] = choosePeople(2);
if (!osk || !ida) throw new Error("there are too few people");

const eventOf = (event: Pick<RunEvent, "type"> & { data: object }): RunEvent =>
  ({ seq: 1, at: new Date(0), attempt: 1, ...event }) as RunEvent;
const stepOf = (step: number): RunEvent =>
  eventOf({ type: "progress", data: { step, steps: 10, loss: 3.2 } });
const done = eventOf({ type: "run-completed", data: { versionId: "v", metrics: { finalLoss: 2.5 } } });

const screenOf = (isLive: boolean) => {
  const lines: string[] = [];
  let drawn: Bar[] = [];
  const screen: Screen = {
    isLive,
    step: () => {},
    line: (text = "") => lines.push(text),
    progress: () => {},
    bars: (rows) => {
      drawn = rows;
    },
  };
  return { screen, lines, drawn: () => drawn };
};

it("draws everybody's bar with each event, and is full only with the version", () => {
  const { screen, drawn, lines } = screenOf(true);
  const board = createBoard([osk, ida], screen);
  expect(drawn().map(({ words }) => words)).toEqual(["waiting", "waiting"]);
  board(osk, stepOf(10));
  expect(drawn()).toEqual([
    { label: "demo-ada/osk-tarrow", share: 0.95, words: "step 10 of 10, loss 3.200" },
    { label: "demo-ada/ida-brandt", share: 0, words: "waiting" },
  ]);
  board(osk, done);
  expect(drawn()[0]).toMatchObject({
    share: 1,
    words: expect.stringMatching(/^done in .* s, loss 2.500$/),
  });
  expect(lines).toEqual([]);
});

it("without a terminal says in a line each that somebody is half way and that somebody is done", () => {
  const { screen, lines } = screenOf(false);
  const board = createBoard([osk, ida], screen);
  for (let step = 1; step <= 10; step += 1) board(ida, stepOf(step));
  board(ida, done);
  expect(lines).toEqual([
    "   demo-ada/ida-brandt  step 6 of 10, loss 3.200",
    expect.stringMatching(/^ {3}demo-ada\/ida-brandt {2}done in/),
  ]);
});
