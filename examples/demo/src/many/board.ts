import type { RunEvent } from "@loraloom/client";
import type { Screen } from "../screen.ts";
import { labelOf, type Person } from "./people.ts";

/** How far a run is, 0 to 1, and in words. */
type Standing = { share: number; words: string };

/** A line for each run, which replaces itself on a terminal; elsewhere its half and its end are lines. */
export type Board = (person: Person, event: RunEvent) => void;

const waiting: Standing = { share: 0, words: "waiting" };

export const createBoard = (people: Person[], screen: Screen): Board => {
  const began = performance.now();
  const standings = new Map(people.map((person) => [person, waiting]));
  const labelWidth = Math.max(...people.map((person) => labelOf(person).length));
  const row = (person: Person, { share, words } = standings.get(person) ?? waiting) => ({
    label: labelOf(person).padEnd(labelWidth),
    share,
    words,
  });
  screen.bars(people.map((person) => row(person)));
  return (person, event) => {
    const before = standings.get(person) ?? waiting;
    const after = standingAfter(event, before, (performance.now() - began) / 1000);
    standings.set(person, after);
    if (screen.isLive) screen.bars(people.map((each) => row(each)));
    else if (isWorthALine(before, after))
      screen.line(`   ${labelOf(person).padEnd(labelWidth)}  ${after.words}`);
  };
};

const isWorthALine = (before: Standing, after: Standing): boolean =>
  (before.share < 0.5 && after.share >= 0.5) || (after.share === 1 && before.words !== after.words);

/** @param seconds since the first run was started */
export const standingAfter = (event: RunEvent, before: Standing, seconds: number): Standing => {
  switch (event.type) {
    case "run-claimed":
      return { share: 0, words: "reading the chats" };
    case "progress": {
      const { step, steps, loss } = event.data;
      // The last bit is the version's: a run is not done with its last step.
      return { share: (0.95 * step) / steps, words: `step ${step} of ${steps}, loss ${loss.toFixed(3)}` };
    }
    case "run-exporting":
      return { ...before, words: "publishing" };
    case "run-completed":
      return {
        share: 1,
        words: `done after ${seconds.toFixed(1)} s, loss ${event.data.metrics.finalLoss.toFixed(3)}`,
      };
    case "run-failed":
      return { ...before, words: `failed (${event.data.code}): ${event.data.message}` };
    default:
      return before;
  }
};
