import { expect, test } from "vitest";
import { readEvents } from "../events/index.ts";
import type { Store } from "../store.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import { testProgress } from "../testing/run-records.ts";
import { claimNextRun, endPause, expireLease } from "../testing/scenario.ts";
import {
  dropCheckpoint,
  failRun,
  findQueuePlace,
  getRun,
  handBack,
  type Run,
  recordCheckpoint,
  recordProgress,
  sweepExpiredLeases,
} from "./index.ts";

const crash = {
  error: { code: "engine_crashed", message: "The engine ended by signal 9.", remedy: "Wait." },
  fault: "system" as const,
};

test("a user's fault fails the run at once", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const error = { code: "non_finite_loss", message: "The loss is NaN at step 3.", remedy: "Lower the rate." };
  await failRun(store, run, { error, fault: "user" });
  const failed = await getRun(store, scope, run.id);
  expect(failed).toMatchObject({ status: "failed", error, leaseExpiresAt: null });
  expect(failed.finishedAt).toBeInstanceOf(Date);
  const events = await readEvents(store, run.id, { after: 2, limit: 10 });
  expect(events).toMatchObject([{ type: "run-failed", data: error }]);
});

test("three attempts without progress fail the run and name the last cause", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  for (const failures of [1, 2]) {
    const requeued = await failRun(store, await claimNextRun(store), crash);
    expect(requeued).toMatchObject({ status: "queued", failures, workerId: null });
    expect(await findQueuePlace(store, run)).toEqual({
      position: 1,
      isPaused: true,
      heldBy: null,
      heldAt: null,
    });
    await endPause(store, run.id);
    expect(await findQueuePlace(store, run)).toEqual({
      position: 1,
      isPaused: false,
      heldBy: null,
      heldAt: null,
    });
  }
  await failRun(store, await claimNextRun(store), crash);
  const failed = await getRun(store, scope, run.id);
  expect(failed).toMatchObject({
    status: "failed",
    attempt: 3,
    error: { code: "attempts_exhausted", details: { cause: crash.error } },
  });
  expect(failed.error?.message).toContain(crash.error.message);
});

test("a crash in company is no failure, and leaves the run to be tried alone until it is past its step", async () => {
  await using opened = await openClaimedRun();
  const { store, run: first } = opened;
  await recordProgress(store, first, { ...testProgress, step: 2 });
  const crashed = await failRun(store, first, { ...crash, crash: "in_company" });
  expect(crashed).toMatchObject({ status: "queued", failures: 0, crashedStep: 2 });
  await endPause(store, first.id);
  const second = await claimNextRun(store);
  expect(await recordProgress(store, second, { ...testProgress, step: 2 })).toMatchObject({ crashedStep: 2 });
  expect(await recordProgress(store, second, { ...testProgress, step: 3 })).toMatchObject({
    crashedStep: null,
  });
});

test("a crash alone is a failure, and the run is tried alone again", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  const crashed = await failRun(store, run, { ...crash, crash: "alone" });
  expect(crashed).toMatchObject({ status: "queued", failures: 1, crashedStep: 0 });
  expect(await failRun(store, await claimed(store, run), crash)).toMatchObject({
    failures: 2,
    crashedStep: 0,
  });
});

test("a run whose worker went away twice has its last try alone", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  for (const crashedStep of [null, 0]) {
    await claimNextRun(store, "gone");
    await expireLease(store, run.id);
    await sweepExpiredLeases(store);
    expect(await getRun(store, scope, run.id)).toMatchObject({ status: "queued", crashedStep });
  }
});

const claimed = async (store: Store, { id }: Run) => {
  await endPause(store, id);
  return claimNextRun(store);
};

test("a lease that ran out counts as a failure; the third one fails the run", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run: queued } = opened;
  for (const attempt of [1, 2, 3]) {
    const run = await claimNextRun(store, "gone");
    expect(run.attempt).toBe(attempt);
    expect(await sweepExpiredLeases(store)).toBe(0);
    await expireLease(store, queued.id);
    expect(await sweepExpiredLeases(store)).toBe(1);
  }
  expect(await getRun(store, scope, queued.id)).toMatchObject({
    status: "failed",
    failures: 2,
    error: { code: "attempts_exhausted", details: { cause: { code: "worker_unreachable" } } },
  });
});

test("two sweeps at once take a run back once", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  await claimNextRun(store);
  await expireLease(store, run.id);
  const released = await Promise.all(Array.from({ length: 8 }, () => sweepExpiredLeases(store)));
  expect(released.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "queued", failures: 1 });
});

test("a run that is handed back is queued at once and has not failed", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run: queued } = opened;
  for (const attempt of [1, 2, 3, 4]) {
    const run = await claimNextRun(store);
    expect(run.attempt).toBe(attempt);
    await handBack(store, run);
  }
  expect(await getRun(store, scope, queued.id)).toMatchObject({ status: "queued", failures: 0, attempt: 4 });
  const events = await readEvents(store, queued.id, { after: 2, limit: 1 });
  expect(events).toMatchObject([{ type: "run-requeued", data: { reason: "handed_back" } }]);
});

test("a new checkpoint is progress: failures count from 0 again and its attempt is none", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  for (const failures of [1, 2]) {
    expect(await failRun(store, await claimNextRun(store), crash)).toMatchObject({ failures });
    await endPause(store, run.id);
  }
  const third = await claimNextRun(store);
  await recordCheckpoint(store, third, { step: 10, files: [] });
  expect(await failRun(store, third, crash)).toMatchObject({ status: "queued", failures: 0 });
  await endPause(store, run.id);
  const fourth = await claimNextRun(store);
  expect(fourth).toMatchObject({ claimedStep: 10, checkpoint: { step: 10 } });
  await recordCheckpoint(store, fourth, { step: 10, files: [] });
  expect(await failRun(store, fourth, crash)).toMatchObject({ status: "queued", failures: 1 });
});

test("what is achieved once more after a checkpoint was lost is no progress", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await recordCheckpoint(store, run, { step: 6, files: [] });
  expect(await failRun(store, run, crash)).toMatchObject({ failures: 0 });
  const second = await claimed(store, run);
  await dropCheckpoint(store, second);
  await recordCheckpoint(store, second, { step: 2, files: [] });
  expect(await failRun(store, second, crash)).toMatchObject({ failures: 1 });
  const third = await claimed(store, run);
  expect(third).toMatchObject({ claimedStep: 6, checkpoint: { step: 2 } });
  await recordCheckpoint(store, third, { step: 6, files: [] });
  expect(await failRun(store, third, crash)).toMatchObject({ failures: 2 });
  const fourth = await claimed(store, run);
  await recordCheckpoint(store, fourth, { step: 7, files: [] });
  expect(await failRun(store, fourth, crash)).toMatchObject({ status: "queued", failures: 0 });
});

test("a process that is paused in the middle of a write does not keep its run from being taken back", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  await claimNextRun(store);
  await expireLease(store, run.id);
  const paused = await store.pool.connect();
  await paused.query("begin");
  await paused.query("select 1 from runs where id = $1 for update", [run.id]);

  expect(await sweepExpiredLeases(store)).toBe(1);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "queued", failures: 1 });
  await expect(paused.query("commit")).rejects.toThrow();
  paused.release(true);
});
