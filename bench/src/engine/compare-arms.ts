import { type Figure, figure } from "../results/figure.ts";
import { fromRepeats, type Measured, mostOf, type Unmeasured } from "../results/result.ts";
import type { ArmName } from "./arms.ts";
import type { Turns } from "./take-turns.ts";
import type { Comparison, Targets } from "./targets.ts";

/** A comparison of ours with theirs: of how many times as many adapters an hour. */
const comparisons: { key: Comparison; name: string; ours: ArmName; theirs: ArmName }[] = [
  {
    key: "fresh",
    name: "runs at once, of TRL in fresh processes",
    ours: "ours, runs at once",
    theirs: "TRL, fresh process",
  },
  { key: "warm", name: "runs at once, of warm TRL", ours: "ours, runs at once", theirs: "TRL, warm" },
  {
    key: "tuned",
    name: "runs at once, of warm and tuned TRL",
    ours: "ours, runs at once",
    theirs: "TRL, warm and tuned",
  },
  {
    key: "own dtypes",
    name: "each in its own dtype: runs at once, of TRL in fresh processes",
    ours: "ours, runs at once, own dtype",
    theirs: "TRL, fresh process, own dtype",
  },
  {
    key: "one run",
    name: "one run, of warm and tuned TRL",
    ours: "ours, one run",
    theirs: "TRL, warm and tuned",
  },
];

/** One entry for each target that compares arms; `missing` says why the peers took no turns. */
export const compareArms = (turns: Turns, wanted: Targets, missing?: string): (Measured | Unmeasured)[] =>
  comparisons.flatMap(({ key, name, ours, theirs }): (Measured | Unmeasured)[] => {
    const target = wanted[key];
    if (!target) return [];
    const about = { name: `adapters an hour, ${name}`, unit: "×", target };
    if (missing !== undefined) return [{ ...about, reason: missing }];
    return [fromRepeats(ratios(turns[theirs], turns[ours]), about)];
  });

/** Two arms that take turns are compared round by round. */
const ratios = (theirs: Turns[ArmName] = [], ours: Turns[ArmName] = []): number[] =>
  ours.map(({ seconds }, round) => (theirs[round]?.seconds ?? Number.NaN) / seconds);

/** How far the arms' last losses are apart, where all of them computed in the same number type. */
export const compareLosses = (turns: Turns, wanted: Targets, missing?: string): (Measured | Unmeasured)[] => {
  const about = {
    name: "last loss, largest difference between arms in the same dtype",
    unit: "of it",
    target: wanted.losses,
  };
  if (missing !== undefined) return [{ ...about, reason: missing }];
  const losses = Object.entries(turns)
    .filter(([name]) => !name.includes("own dtype"))
    .flatMap(([, taken]) => taken.map(({ loss }) => loss));
  return [mostOf([(Math.max(...losses) - Math.min(...losses)) / Math.max(...losses)], about)];
};

/** What each arm came to: adapters an hour, and its last loss. */
export const describeArms = (turns: Turns): Figure[] =>
  Object.entries(turns).flatMap(([name, taken]) => [
    figure(
      `${name}: adapters an hour`,
      taken.map(({ seconds }) => 3600 / seconds),
      "1/h",
    ),
    figure(
      `${name}: last loss`,
      taken.map(({ loss }) => loss),
      "nats",
    ),
  ]);
