import type { Pace } from "./schedule/schedule.ts";

/** So short that every pause of a worker outlasts it. */
export const leaseSeconds = 5;

export type Size = {
  pace: Pace;
  /** How long everything may take to come to rest when the faults are over. */
  settleSeconds: number;
};

/** Faults and users for so many minutes. */
export const sizeOfMinutes = (minutes: number): Size => ({
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
 * Shows that everything works: all kinds of light faults and two heavy ones, while workers still load and afterwards.
 * No fault is so late that somebody had to wait for a worker that starts again.
 */
export const smokeSize: Size = {
  pace: {
    faults: {
      seconds: 12,
      leaseSeconds,
      betweenLight: [1.5, 2.5],
      betweenHeavy: [3, 6],
      quiet: [60, 60],
    },
    intents: { seconds: 12, between: [0.4, 1.6], steps: [10, 30] },
  },
  settleSeconds: 240,
};
