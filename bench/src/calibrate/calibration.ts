export type CalibrationName = "postgres-inserts" | "s3-gets" | "json-parse";

/** What the machine does without us, measured in the same run. */
export type Calibration = {
  name: CalibrationName;
  value: number;
  unit: string;
  /** Below it (or above, where less is better) no target is asked of the machine. */
  floor: { atLeast: number } | { atMost: number };
};

/**
 * The floors: what an idle machine of two modest cores with a disk of its own does. Targets in seconds and bytes hold
 * from there on; shares of a raw rate need no floor.
 */
export const floors = {
  /** Rows a second, each its own commit, 16 connections. */
  "postgres-inserts": { atLeast: 1_500 },
  /** Milliseconds, p50 of 4 KiB, one after the other. */
  "s3-gets": { atMost: 3 },
  /** MB/s of chat rows. */
  "json-parse": { atLeast: 150 },
} as const satisfies Record<CalibrationName, Calibration["floor"]>;

/** How many times slower than its floors the machine is; 1 where it is not slower. */
export const slownessOf = (calibrations: readonly Calibration[], names: readonly CalibrationName[]): number =>
  Math.max(1, ...calibrations.filter(({ name }) => names.includes(name)).map(slowness));

/** Of each figure the slower one: what else a machine has to do changes while it is measured on. */
export const slowerOf = (first: readonly Calibration[], second: readonly Calibration[]): Calibration[] =>
  first.map((one) => {
    const other = second.find(({ name }) => name === one.name);
    return other && slowness(other) > slowness(one) ? other : one;
  });

const slowness = ({ value, floor }: Calibration): number =>
  "atLeast" in floor ? floor.atLeast / value : value / floor.atMost;
