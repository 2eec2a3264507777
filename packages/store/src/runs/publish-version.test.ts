import { expect, test } from "vitest";
import {
  createAdapter,
  deleteAdapter,
  getAdapter,
  listVersions,
  rollbackAdapter,
} from "../adapters/index.ts";
import { readEvents } from "../events/index.ts";
import { versionInputs } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import {
  claimNextRun,
  expireLease,
  prepareAvatar,
  publishRun,
  putVersionFiles,
  queueRun,
  testConfig,
  testMetrics,
  trainVersion,
} from "../testing/scenario.ts";
import { getRun, handBack, publishVersion, renewLease, reserveVersion, sweepExpiredLeases } from "./index.ts";

test("publishing completes the run, makes its version current and records what it learned from", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run: queued } = opened;
  const { versionId, outcome } = await publishRun(store, await claimNextRun(store));
  expect(outcome).toBe("published");
  expect(await getRun(store, scope, queued.id)).toMatchObject({
    status: "completed",
    versionId,
    leaseExpiresAt: null,
  });
  const adapter = await getAdapter(store, scope);
  expect(adapter.currentVersion).toBe(versionId);
  const { versions } = await listVersions(store, scope, { limit: 10 });
  expect(versions).toMatchObject([
    {
      id: versionId,
      state: "current",
      runId: queued.id,
      publishedSeq: adapter.publishSeq,
      metrics: testMetrics,
    },
  ]);
  expect(await store.db.select().from(versionInputs)).toMatchObject([
    { versionId, fileId: queued.inputs[0]?.fileId, role: "train" },
  ]);
  expect(await readEvents(store, queued.id, { after: 3, limit: 10 })).toMatchObject([
    { type: "run-completed", data: { versionId, published: "current", metrics: testMetrics } },
  ]);
});

test("publishing again, as after an answer that was lost, makes one version and one event", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const files = await putVersionFiles(store, scope, await reserveVersion(store, run));
  const version = { files, metrics: testMetrics, templateVariables: {} };
  const outcomes = await Promise.all([1, 2, 3].map(() => publishVersion(store, run, version)));
  expect(outcomes).toEqual(["published", "published", "published"]);
  expect((await listVersions(store, scope, { limit: 10 })).versions).toHaveLength(1);
  expect(await readEvents(store, run.id, { after: 3, limit: 10 })).toHaveLength(1);
});

test("nothing is published that was not reserved", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const version = { files: [], metrics: testMetrics, templateVariables: {} };
  expect(await publishVersion(store, run, version)).toBe("superseded");
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "preparing" });
});

test("a candidate is a version that readers don't get", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const current = await trainVersion(store, scope);
  const { publishSeq } = await getAdapter(store, scope);
  const candidate = await trainVersion(store, scope, { publish: "candidate" });
  expect(await getAdapter(store, scope)).toMatchObject({ currentVersion: current, publishSeq });
  const { versions } = await listVersions(store, scope, { limit: 10 });
  expect(versions.map(({ id, state }) => [id, state])).toEqual([
    [candidate, "candidate"],
    [current, "current"],
  ]);
});

test("a run at attempt 2 doesn't stop a later run at attempt 1 from publishing", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  await handBack(store, await claimNextRun(store));
  const second = await claimNextRun(store);
  await publishRun(store, second);
  await queueRun(store, scope);
  const later = await claimNextRun(store);
  expect([second.attempt, later.attempt]).toEqual([2, 1]);
  const { versionId, outcome } = await publishRun(store, later);
  expect(outcome).toBe("published");
  expect((await getAdapter(store, scope)).currentVersion).toBe(versionId);
});

test("publish_seq rises with each publication, also of many at once", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await Promise.all(Array.from({ length: 6 }, () => queueRun(store, scope)));
  const claimed = [];
  for (let count = 0; count < 6; count += 1) claimed.push(await claimNextRun(store));
  await Promise.all(claimed.map((run) => publishRun(store, run)));
  const adapter = await getAdapter(store, scope);
  const { versions } = await listVersions(store, scope, { limit: 10 });
  const newest = versions.toSorted((one, other) => (other.publishedSeq ?? 0) - (one.publishedSeq ?? 0))[0];
  expect(newest).toMatchObject({
    id: adapter.currentVersion,
    state: "current",
    publishedSeq: adapter.publishSeq,
  });
  expect(versions.filter(({ state }) => state === "previous")).toHaveLength(5);
});

test("delete, create again, train and roll back come out right each time", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const old = [await trainVersion(store, scope), await trainVersion(store, scope)];
  expect(await deleteAdapter(store, scope)).toMatchObject({ generation: 2, currentVersion: null });
  await expect(getAdapter(store, scope)).rejects.toMatchObject({ code: "adapter_not_found" });
  await expect(rollbackAdapter(store, scope)).rejects.toMatchObject({ code: "adapter_not_found" });

  const created = await createAdapter(store, scope, { baseModel: "tiny" });
  expect(created).toMatchObject({ generation: 2, currentVersion: null, state: "active" });
  expect((await listVersions(store, scope, { limit: 10 })).versions).toEqual([]);
  await expect(rollbackAdapter(store, scope)).rejects.toMatchObject({ code: "no_previous_version" });
  await expect(rollbackAdapter(store, scope, { version: old[0] })).rejects.toMatchObject({
    code: "version_not_found",
  });

  const first = await trainVersion(store, scope);
  const second = await trainVersion(store, scope);
  expect((await getAdapter(store, scope)).currentVersion).toBe(second);
  expect((await rollbackAdapter(store, scope)).currentVersion).toBe(first);
  const { versions } = await listVersions(store, scope, { limit: 10 });
  expect(versions.map(({ id, state }) => [id, state])).toEqual([
    [second, "previous"],
    [first, "current"],
  ]);
});

test("a run of a deleted adapter can't publish into the next one", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const files = await putVersionFiles(store, scope, await reserveVersion(store, run));
  await deleteAdapter(store, scope);
  await createAdapter(store, scope, { baseModel: "tiny" });
  expect(await renewLease(store, { ...run, leaseSeconds: 30 })).toMatchObject({ cancelRequested: true });

  const version = { files, metrics: testMetrics, templateVariables: {} };
  expect(await publishVersion(store, run, version)).toBe("adapter_deleted");
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId: null });
  expect(await readEvents(store, run.id, { after: 3, limit: 10 })).toMatchObject([
    { type: "run-cancelled", data: { reason: "adapter_deleted" } },
  ]);
  expect(await getAdapter(store, scope)).toMatchObject({ currentVersion: null });
});

test("deleting an adapter cancels its waiting runs and, by the sweep, those whose worker is gone", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const other = await prepareAvatar(store, { avatarId: "two" });
  const leased = await queueRun(store, scope);
  await claimNextRun(store);
  const waiting = await queueRun(store, scope);
  const untouched = await queueRun(store, other, { config: testConfig() });
  await deleteAdapter(store, scope);
  expect(await getRun(store, scope, waiting.id)).toMatchObject({ status: "cancelled" });
  expect(await getRun(store, scope, leased.id)).toMatchObject({ status: "preparing", cancelRequested: true });
  expect(await getRun(store, other, untouched.id)).toMatchObject({ status: "queued" });

  await createAdapter(store, scope, { baseModel: "tiny" });
  await expireLease(store, leased.id);
  await sweepExpiredLeases(store);
  expect(await readEvents(store, leased.id, { after: 2, limit: 10 })).toMatchObject([
    { type: "run-cancelled", data: { reason: "adapter_deleted" } },
  ]);
});
