import { createHash } from "node:crypto";
import fc from "fast-check";

/** How many inputs are tried, and the one number that all of them follow from. */
export type ChosenCases = { cases: number; seed: number };

/** What `npm run fuzz` was told; in a usual test run fewer cases, and others each time. */
export const chosenCases = (usualCases: number): ChosenCases => ({
  cases: Number(process.env.FUZZ_CASES ?? usualCases),
  seed: Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31),
});

/** A part of all cases, which takes its choices from a seed of its own: others in each part. */
export type PartOfCases = { name: string; numRuns: number };

/**
 * Tries a part of the cases.
 *
 * @throws Error the failure with the smallest input that shows it, and the command that tries the same cases again
 */
export const assertCases = async <Inputs>(
  property: fc.IAsyncPropertyWithHooks<Inputs>,
  { cases, seed }: ChosenCases,
  { name, numRuns }: PartOfCases,
): Promise<void> => {
  try {
    await fc.assert(property, { numRuns, seed: seedOf(seed, name) });
  } catch (cause) {
    const command = `npm run fuzz -- --cases ${cases} --seed ${seed}`;
    throw new Error(
      `${cause instanceof Error ? cause.message : cause}\n\nTo try the same again: ${command}`,
      {
        cause,
      },
    );
  }
};

/** Of the name and not of its place: a new procedure changes no other's choices. */
const seedOf = (seed: number, name: string): number =>
  createHash("sha256").update(`${seed} ${name}`).digest().readInt32BE();
