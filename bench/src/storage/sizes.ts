import type { CalibrationSizes } from "../calibrate/calibrate.ts";
import type { TrainingSizes } from "../training/training.ts";

const mebibyte = 1024 * 1024;
const megabyte = 1_000_000;

/** How much is measured, and how often. */
export type Sizes = {
  calibration: CalibrationSizes;
  flips: { files: number; rounds: number };
  lists: { files: number; pages: number; summaries: number };
  presigns: { times: number; warmUps: number };
  upload: { bytes: number; rounds: number };
  validation: { bytes: number; rounds: number };
  largeFile: { bytes: number; rounds: number; idleCalls: number };
  training: readonly TrainingSizes[];
  /** Whether targets can be held to: not by sizes that only show that everything runs. */
  isJudged: boolean;
};

export const sizes = {
  full: {
    calibration: { rows: 10_000, reads: 500, jsonBytes: 50 * megabyte },
    flips: { files: 1_000, rounds: 5 },
    lists: { files: 10_000, pages: 1_000, summaries: 20 },
    presigns: { times: 8_000, warmUps: 1_000 },
    upload: { bytes: 100 * mebibyte, rounds: 7 },
    validation: { bytes: 50 * megabyte, rounds: 7 },
    largeFile: { bytes: 500 * megabyte, rounds: 5, idleCalls: 1_000 },
    training: [
      { base: "demo", counts: { bytes: 5 * megabyte, rounds: 5 }, runs: { steps: 15, runs: 3 } },
      { base: "tiny", runs: { steps: 300, runs: 3 } },
    ],
    isJudged: true,
  },
  quick: {
    calibration: { rows: 3_000, reads: 200, jsonBytes: 20 * megabyte },
    flips: { files: 300, rounds: 3 },
    lists: { files: 1_000, pages: 200, summaries: 5 },
    presigns: { times: 1_000, warmUps: 1_000 },
    upload: { bytes: 100 * mebibyte, rounds: 3 },
    validation: { bytes: 20 * megabyte, rounds: 5 },
    largeFile: { bytes: 100 * megabyte, rounds: 2, idleCalls: 500 },
    training: [
      { base: "demo", counts: { bytes: 2 * megabyte, rounds: 3 }, runs: { steps: 5, runs: 2 } },
      { base: "tiny", runs: { steps: 60, runs: 2 } },
    ],
    isJudged: true,
  },
  smoke: {
    calibration: { rows: 200, reads: 20, jsonBytes: megabyte },
    flips: { files: 20, rounds: 1 },
    lists: { files: 40, pages: 10, summaries: 2 },
    presigns: { times: 64, warmUps: 16 },
    upload: { bytes: mebibyte, rounds: 1 },
    validation: { bytes: megabyte, rounds: 1 },
    largeFile: { bytes: 5 * megabyte, rounds: 1, idleCalls: 20 },
    training: [{ base: "tiny", counts: { bytes: megabyte / 10, rounds: 1 }, runs: { steps: 5, runs: 1 } }],
    isJudged: false,
  },
} as const satisfies Record<string, Sizes>;

export type SizeName = keyof typeof sizes;
