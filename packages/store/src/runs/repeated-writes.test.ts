import { expect, test } from "vitest";
import { databaseFailure } from "../database/failures.ts";
import { readEvents } from "../events/index.ts";
import type { Store } from "../store.ts";
import { usageLedger } from "../tables/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { openThroughDoor } from "../testing/open-through-door.ts";
import { testFrozen, testProgress } from "../testing/run-records.ts";
import { testMetrics } from "../testing/scenario.ts";
import {
  type Fence,
  publishVersion,
  recordCheckpoint,
  recordEvaluation,
  recordFrozen,
  recordProgress,
  recordStarted,
  renewLease,
  reserveVersion,
} from "./index.ts";

const heldOut = (phase: "before" | "during" | "after", step: number) => {
  const figures = { accuracy: 0.5, perplexity: 20, reward: null, preferences: null, rewards: null };
  return { phase, step, loss: 3, ...figures, tokens: 10 };
};
const progress = (step: number) => ({ ...testProgress, step, tokens: 80 * step, engineSeconds: 2 });
const version = { files: [], metrics: testMetrics, templateVariables: {} };

/** What a worker writes of a run, in its order. */
const writes: ((store: Store, fence: Fence) => Promise<unknown>)[] = [
  (store, fence) => recordFrozen(store, fence, testFrozen()),
  (store, fence) => recordStarted(store, fence, { steps: 4, resumedFromStep: 0 }),
  (store, fence) => recordEvaluation(store, fence, heldOut("before", 0)),
  (store, fence) => recordProgress(store, fence, progress(1)),
  (store, fence) => renewLease(store, { ...fence, leaseSeconds: 300, openStep: { step: 1, seconds: 1 } }),
  (store, fence) => recordProgress(store, fence, progress(2)),
  (store, fence) => recordEvaluation(store, fence, heldOut("during", 2)),
  (store, fence) => recordCheckpoint(store, fence, { step: 2, files: [] }),
  (store, fence) => recordEvaluation(store, fence, heldOut("after", 4)),
  (store, fence) => reserveVersion(store, fence),
  (store, fence) => publishVersion(store, fence, version),
];

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error) => error,
  );

test("a worker that lost the answer to a COMMIT and writes again tells of each thing once, and bills it once", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await using through = await openThroughDoor(store);
  for (const write of writes) {
    through.door.loseAnswerTo("commit");
    const lost = await failureOf(write(through.store, run));
    expect(databaseFailure(lost)).toMatchObject({ code: "database_unavailable" });
    await write(through.store, run);
  }
  const events = await readEvents(store, run.id, { after: 0, limit: 100 });
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run-queued"],
    [2, "run-claimed"],
    [3, "rows-frozen"],
    [4, "run-started"],
    [5, "evaluated"],
    [6, "progress"],
    [7, "progress"],
    [8, "evaluated"],
    [9, "checkpointed"],
    [10, "evaluated"],
    [11, "run-exporting"],
    [12, "run-completed"],
  ]);
  expect(await store.db.select().from(usageLedger)).toMatchObject([{ tokens: 160, gpuSeconds: 4 }]);
});
