import type { Wanted } from "./invariants/exercised.ts";
import type { Pace } from "./schedule/schedule.ts";
import type { UserLimits } from "./users/diary.ts";

/** So short that every pause of a worker outlasts it. */
export const leaseSeconds = 5;

export type Size = {
  pace: Pace;
  /** Of some users, in their order; the others have none. */
  limits: UserLimits[];
  wanted: Wanted;
  /** How long everything may take to come to rest when the faults are over. */
  settleSeconds: number;
};

/** The third one comes to its end in the middle, and is lifted when the faults are over. */
const limitsWith = (tokensPerDay: number): UserLimits[] => [
  { concurrentRuns: 1 },
  { queuedRuns: 2 },
  { tokensPerDay },
];

/** Time enough for wishes that need a run to have ended. */
const longMinutes = 3;
const outcomesOfLong = [
  "start: done",
  "rerun: done",
  "delete-run: done",
  "share: done",
  "cancel: done",
  "cancel and keep: done",
];

/** Each kind of heavy fault comes three times and more, and four runs and more go on from a checkpoint. */
const usualMinutes = 5;

/** Faults and users for so many minutes. */
export const sizeOfMinutes = (minutes: number): Size => ({
  limits: limitsWith(10_000),
  wanted: {
    outcomes: minutes < longMinutes ? [] : outcomesOfLong,
    isLong: minutes >= usualMinutes,
  },
  pace: {
    faults: {
      seconds: minutes * 60,
      leaseSeconds,
      betweenLight: [3, 6],
      betweenHeavy: [4, 9],
      quiet: [18, 24],
    },
    intents: { seconds: minutes * 60, between: [0.5, 4], steps: [20, 200] },
  },
  settleSeconds: 300,
});

/**
 * Shows that everything works: all kinds of light faults while the workers load, and two heavy ones right afterwards.
 * No fault is so late that somebody had to wait for a worker that starts again.
 */
export const smokeSize: Size = {
  pace: {
    faults: {
      seconds: 9,
      leaseSeconds,
      betweenLight: [1, 1.25],
      betweenHeavy: [0.3, 1.2],
      quiet: [60, 60],
    },
    intents: { seconds: 9, between: [0.4, 1.6], steps: [10, 20] },
  },
  limits: limitsWith(500),
  wanted: { outcomes: ["start: done"], isLong: false },
  settleSeconds: 240,
};
