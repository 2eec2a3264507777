import type { RunEvent } from "@loraloom/client";
import type { Screen } from "../screen.ts";
import { labelOf, type Person } from "./people.ts";

/** How far a run is, 0 to 1, and in words; `queuedAt` as `performance.now()` has it. */
type Standing = { share: number; words: string; queuedAt: number };

/** A line for each run, which replaces itself on a terminal; elsewhere its half and its end are lines. */
export type Board = (person: Person, event: RunEvent) => void;

/** A run is not done with its last step: its version is still to be written. */
const shareOfSteps = 0.95;
const waiting: Standing = { share: 0, words: "waiting", queuedAt: 0 };

export const createBoard = (people: Person[], screen: Screen): Board => {
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
    const after = standingAfter(event, before);
    standings.set(person, after);
    if (screen.isLive) screen.bars(people.map((each) => row(each)));
    else if (isWorthALine(before, after))
      screen.line(`   ${labelOf(person).padEnd(labelWidth)}  ${after.words}`);
  };
};

const isWorthALine = (before: Standing, after: Standing): boolean =>
  (before.share < 0.5 && after.share >= 0.5) || (after.share === 1 && before.words !== after.words);

const standingAfter = (event: RunEvent, before: Standing): Standing => {
  switch (event.type) {
    case "run-queued":
      return { ...waiting, queuedAt: performance.now() };
    case "run-claimed":
      return { ...before, words: "reading the chats" };
    case "progress": {
      const { step, steps, loss } = event.data;
      const words = `step ${step} of ${steps}, loss ${loss.toFixed(3)}`;
      return { ...before, share: (shareOfSteps * step) / steps, words };
    }
    case "run-exporting":
      return { ...before, words: "publishing" };
    case "run-completed":
      return { ...before, share: 1, words: doneWords(event.data.metrics.finalLoss, before) };
    case "run-failed":
      return { ...before, words: `failed (${event.data.code}): ${event.data.message}` };
    default:
      return before;
  }
};

const doneWords = (loss: number, { queuedAt }: Standing): string =>
  `done in ${((performance.now() - queuedAt) / 1000).toFixed(1)} s, loss ${loss.toFixed(3)}`;
