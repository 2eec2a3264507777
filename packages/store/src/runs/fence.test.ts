import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { readEvents } from "../events/index.ts";
import type { Store } from "../store.ts";
import { runMetrics, runs, versions } from "../tables/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { testFrozen, testProgress } from "../testing/run-records.ts";
import { claimNextRun, expireLease, testMetrics } from "../testing/scenario.ts";
import {
  dropCheckpoint,
  endCancelled,
  type Fence,
  failRun,
  getRun,
  handBack,
  publishVersion,
  recordCheckpoint,
  recordEvaluation,
  recordFrozen,
  recordProgress,
  recordStarted,
  renewLease,
  reserveVersion,
  sweepExpiredLeases,
} from "./index.ts";

const error = { code: "non_finite_loss", message: "The loss is NaN.", remedy: "Lower the rate." };
const heldOut = (phase: "before" | "during" | "after", loss: number, step: number) => {
  const figures = { accuracy: 0.5, perplexity: 20, reward: null, preferences: null, rewards: null };
  return { phase, step, loss, ...figures, tokens: 10 };
};
const version = { files: [], metrics: testMetrics, templateVariables: {} };

const writes: Record<string, (store: Store, fence: Fence) => Promise<unknown>> = {
  frozen: (store, fence) => recordFrozen(store, fence, testFrozen()),
  started: (store, fence) => recordStarted(store, fence, { steps: 4, resumedFromStep: 0 }),
  progress: (store, fence) => recordProgress(store, fence, testProgress),
  evaluation: (store, fence) => recordEvaluation(store, fence, heldOut("before", 3, 0)),
  checkpoint: (store, fence) => recordCheckpoint(store, fence, { step: 2, files: [] }),
  "lost checkpoint": (store, fence) => dropCheckpoint(store, fence),
  version: (store, fence) => reserveVersion(store, fence),
  "user's fault": (store, fence) => failRun(store, fence, { error, fault: "user" }),
  "system's fault": (store, fence) => failRun(store, fence, { error, fault: "system" }),
  "hand-back": (store, fence) => handBack(store, fence),
  cancellation: (store, fence) => endCancelled(store, fence),
};

test("a worker whose run was claimed again changes nothing", async () => {
  await using opened = await openClaimedRun();
  const { store, run: late } = opened;
  await expireLease(store, late.id);
  await sweepExpiredLeases(store);
  await claimNextRun(store, "newer");
  await store.background.settled();
  const before = await stateOf(store, late.id);

  for (const [name, write] of Object.entries(writes)) {
    await expect(write(store, late), name).rejects.toMatchObject({ code: "lease_lost" });
  }
  expect(await publishVersion(store, late, version)).toBe("superseded");
  expect(await renewLease(store, { ...late, leaseSeconds: 30 })).toBe("lost");
  expect(await stateOf(store, late.id)).toEqual(before);
});

test("a worker whose lease ran out changes nothing, even before anybody has noticed", async () => {
  await using opened = await openClaimedRun();
  const { store, run: late } = opened;
  await expireLease(store, late.id);
  const before = await stateOf(store, late.id);
  for (const [name, write] of Object.entries(writes)) {
    await expect(write(store, late), name).rejects.toMatchObject({ code: "lease_lost" });
  }
  expect(await publishVersion(store, late, version)).toBe("superseded");
  expect(await stateOf(store, late.id)).toEqual(before);
});

test("a late worker can't publish beside the attempt that exports", async () => {
  await using opened = await openClaimedRun();
  const { store, run: late } = opened;
  const abandoned = await reserveVersion(store, late);
  await expireLease(store, late.id);
  await sweepExpiredLeases(store);
  const newer = await claimNextRun(store);
  const versionId = await reserveVersion(store, newer);

  expect(await publishVersion(store, late, version)).toBe("superseded");
  expect(await publishVersion(store, newer, version)).toBe("published");
  const published = await store.db.select().from(versions);
  expect(published.map(({ id }) => id)).toEqual([versionId]);
  expect(versionId).not.toBe(abandoned);
});

test("the owner's work is recorded, and a message too late does not undo the export", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await recordFrozen(store, run, testFrozen());
  await recordStarted(store, run, { steps: 4, resumedFromStep: 0 });
  expect((await getRun(store, scope, run.id)).status).toBe("training");
  await recordProgress(store, run, testProgress);
  await recordEvaluation(store, run, heldOut("before", 3, 0));
  await recordEvaluation(store, run, heldOut("before", 1, 2));
  await recordEvaluation(store, run, heldOut("after", 2, 4));
  await recordEvaluation(store, run, heldOut("during", 9, 3));
  await recordCheckpoint(store, run, { step: 2, files: [] });
  await reserveVersion(store, run);
  await recordProgress(store, run, { ...testProgress, step: 2 });
  expect(await getRun(store, scope, run.id)).toMatchObject({
    status: "exporting",
    frozen: testFrozen(),
    progress: { step: 2 },
    checkpoint: { step: 2 },
    heldOutBefore: 3,
    heldOutAfter: 2,
  });
});

test("after a resume the last attempt wins a step", async () => {
  await using opened = await openClaimedRun();
  const { store, run: first } = opened;
  await recordProgress(store, first, testProgress);
  await handBack(store, first);
  await recordProgress(store, await claimNextRun(store), { ...testProgress, loss: 2 });
  const metrics = await store.db.select().from(runMetrics);
  expect(metrics).toMatchObject([{ split: "train", step: 1, loss: 2, attempt: 2 }]);
});

test("a loss that is not finite is never stored", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await expect(recordProgress(store, run, { ...testProgress, loss: Number.NaN })).rejects.toThrow();
  expect((await getRun(store, scope, run.id)).progress).toBeNull();
});

const stateOf = async (store: Store, runId: string) => ({
  run: (await store.db.select().from(runs).where(eq(runs.id, runId)))[0],
  events: await readEvents(store, runId, { after: 0, limit: 100 }),
  metrics: await store.db.select().from(runMetrics),
  versions: await store.db.select().from(versions),
});
