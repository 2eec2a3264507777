import type { CalibrationSizes } from "../calibrate/calibrate.ts";

const megabyte = 1_000_000;

/** How much is measured, and how often. */
export type RunSizes = {
  calibration: CalibrationSizes;
  people: People;
  enqueue: { windows: number; atOnce: number };
  console: Windows & { requestsPerSecond: number };
  events: Windows & { runs: number; watchers: number; stepMilliseconds: number };
  drain: { workers: number; stepMilliseconds: number };
  /** Whether targets can be held to: not by sizes that only show that everything runs. */
  isJudged: boolean;
};

/** Most users have a few runs; some have many, and come first. */
export type People = { few: Group; many: Group };
type Group = { users: number; runsEach: number };

export type Windows = { windows: number; seconds: number };

export const runSizes = {
  full: {
    calibration: { rows: 10_000, reads: 500, jsonBytes: 20 * megabyte },
    people: { few: { users: 900, runsEach: 8 }, many: { users: 100, runsEach: 28 } },
    enqueue: { windows: 5, atOnce: 32 },
    console: { requestsPerSecond: 200, windows: 5, seconds: 8 },
    events: { runs: 100, watchers: 1_000, stepMilliseconds: 2_000, windows: 3, seconds: 8 },
    drain: { workers: 2, stepMilliseconds: 1_000 },
    isJudged: true,
  },
  quick: {
    calibration: { rows: 3_000, reads: 200, jsonBytes: 20 * megabyte },
    people: { few: { users: 180, runsEach: 8 }, many: { users: 20, runsEach: 28 } },
    enqueue: { windows: 3, atOnce: 32 },
    console: { requestsPerSecond: 200, windows: 3, seconds: 5 },
    events: { runs: 100, watchers: 1_000, stepMilliseconds: 2_000, windows: 3, seconds: 5 },
    drain: { workers: 2, stepMilliseconds: 1_000 },
    isJudged: true,
  },
  smoke: {
    calibration: { rows: 200, reads: 20, jsonBytes: megabyte },
    people: { few: { users: 6, runsEach: 2 }, many: { users: 1, runsEach: 4 } },
    enqueue: { windows: 1, atOnce: 4 },
    console: { requestsPerSecond: 50, windows: 1, seconds: 1 },
    events: { runs: 3, watchers: 6, stepMilliseconds: 200, windows: 1, seconds: 1 },
    drain: { workers: 1, stepMilliseconds: 1 },
    isJudged: false,
  },
} as const satisfies Record<string, RunSizes>;
