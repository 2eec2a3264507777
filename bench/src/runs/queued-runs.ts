import type { Person } from "./people.ts";
import type { People } from "./sizes.ts";

/** Runs of different people are of different lengths: of one step, two or three. */
const lengths = 3;

/** What somebody asks `train.start` for. */
export type QueuedRun = { key: string; options: { hyperparameters: { maxSteps: number } } };

/** Everybody's runs, in the order in which they are queued: people with many runs first, all of one after the other. */
export const queuedRuns = (persons: readonly Person[], { many, few }: People): QueuedRun[] =>
  persons.flatMap(({ key }, index) => {
    const { runsEach } = index < many.users ? many : few;
    const maxSteps = 1 + (index % lengths);
    return Array.from({ length: runsEach }, () => ({ key, options: { hyperparameters: { maxSteps } } }));
  });
