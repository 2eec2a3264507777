/** A run that is to end with what it has learnt ends soon, whatever its user has used up. */
import { expect, test } from "vitest";
import { openClaimedRun } from "../testing/open-run.ts";
import { putCheckpoint } from "../testing/run-objects.ts";
import { claimNextRun, prepareAvatar, publishRun, queueRun, testEngineKey } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { setLimits } from "../usage/index.ts";
import {
  cancelRun,
  claimRun,
  findQueuePlace,
  getRun,
  handBack,
  recordCheckpoint,
  waitForLimit,
} from "./index.ts";

const keep = { keep: "checkpoint" } as const;
const otherKey = "other@main/float32/none";
const claim = { workerId: "worker", engineKey: testEngineKey, leaseSeconds: 300 };

/** A run with a checkpoint, which a worker has, of a user who has spent all that he may use, or nearly. */
const openSpent = async () => {
  await using opening = new AsyncDisposableStack();
  const opened = opening.use(await openClaimedRun());
  const { store, scope, run } = opened;
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 4));
  await setLimits(store, scope.userId, { gpuSecondsPerDay: 10 });
  await addUsage(store, { userId: scope.userId, gpuSeconds: 10 });
  const all = opening.move();
  return { ...opened, [Symbol.asyncDispose]: () => all.disposeAsync() };
};
type Opened = Awaited<ReturnType<typeof openSpent>>;

const cancel = ({ store, scope, run }: Opened) => cancelRun(store, scope, run.id, keep);

test.each<[string, (opened: Opened) => Promise<unknown>]>([
  [
    "waits for the limit of its user",
    async (opened) => {
      expect(await waitForLimit(opened.store, opened.run)).toMatchObject({ heldBy: "gpuSecondsPerDay" });
      expect(await cancel(opened)).toMatchObject({ status: "queued", heldBy: null });
    },
  ],
  [
    "was held by a claim of another one",
    async (opened) => {
      const { store, run } = opened;
      await handBack(store, run);
      expect(await claimRun(store, claim)).toBeUndefined();
      expect(await findQueuePlace(store, run)).toMatchObject({ heldBy: "gpuSecondsPerDay" });
      await cancel(opened);
    },
  ],
  [
    "is told of the limit after it was told to end",
    async (opened) => {
      await cancel(opened);
      expect(await waitForLimit(opened.store, opened.run)).toMatchObject({ status: "queued", heldBy: null });
    },
  ],
  [
    "may have no run at work beside the one that works",
    async (opened) => {
      const { store, scope, run } = opened;
      await setLimits(store, scope.userId, { gpuSecondsPerDay: null, concurrentRuns: 1 });
      await handBack(store, run);
      await cancel(opened);
      await setLimits(store, scope.userId, { concurrentRuns: 0 });
    },
  ],
])("a run with a checkpoint that %s is ended with a version at once", async (_how, lead) => {
  await using opened = await openSpent();
  const { store, scope, run } = opened;
  await lead(opened);
  expect(await findQueuePlace(store, run)).toEqual({
    position: 1,
    isPaused: false,
    heldBy: null,
    heldAt: null,
  });
  const { versionId } = await publishRun(store, await claimNextRun(store));
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId });
});

test("it comes before everybody's runs that train, and its user's others wait on", async () => {
  await using opened = await openSpent();
  const { store, scope, run } = opened;
  await setLimits(store, scope.userId, { gpuSecondsPerDay: null });
  const other = await queueRun(store, scope);
  const elsewhere = await queueRun(store, scope, { engineKey: otherKey });
  const bobs = await queueRun(store, await prepareAvatar(store, { userId: "bob" }));
  await setLimits(store, scope.userId, { gpuSecondsPerDay: 10 });
  await waitForLimit(store, run);
  await cancel(opened);
  // A worker of another base model finds the limit reached, and holds what waits.
  expect(await claimRun(store, { ...claim, engineKey: otherKey })).toBeUndefined();
  expect(await findQueuePlace(store, elsewhere)).toMatchObject({ heldBy: "gpuSecondsPerDay" });
  expect((await claimNextRun(store)).id).toBe(run.id);
  expect((await claimNextRun(store)).id).toBe(bobs.id);
  expect(await claimRun(store, claim)).toBeUndefined();
  expect(await findQueuePlace(store, other)).toMatchObject({ heldBy: "gpuSecondsPerDay" });
});
