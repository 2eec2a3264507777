import { expect, test } from "vitest";
import { readEvents } from "../events/index.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import { claimNextRun, endPause, expireLease } from "../testing/scenario.ts";
import { failRun, findQueuePlace, getRun, handBack, recordCheckpoint, sweepExpiredLeases } from "./index.ts";

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
    expect(await findQueuePlace(store, run)).toEqual({ position: 1, isPaused: true, heldBy: null });
    await endPause(store, run.id);
    expect(await findQueuePlace(store, run)).toEqual({ position: 1, isPaused: false, heldBy: null });
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
