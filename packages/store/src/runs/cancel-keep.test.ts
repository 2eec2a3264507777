import { expect, test } from "vitest";
import { deleteAdapter, resolveVersion } from "../adapters/index.ts";
import { readEvents } from "../events/index.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import { attemptKeys, putCheckpoint, sweepNow, versionKeys } from "../testing/run-objects.ts";
import { claimNextRun, expireLease, publishRun } from "../testing/scenario.ts";
import {
  cancelRun,
  endCancelled,
  type Fence,
  failRun,
  getRun,
  handBack,
  publishVersion,
  type Run,
  recordCheckpoint,
  renewLease,
  reserveVersion,
  sweepExpiredLeases,
} from "./index.ts";

const keep = { keep: "checkpoint" } as const;
const error = { code: "engine_crashed", message: "It crashed.", remedy: "Wait." };
const nothingKept = { status: "cancelled", versionId: null, error: { code: "nothing_to_keep" } };

type Opened = Awaited<ReturnType<typeof openClaimedRun>>;
const saveAt = async ({ store }: Opened, run: Run & Fence, step: number): Promise<void> =>
  recordCheckpoint(store, run, await putCheckpoint(store, run, step));
const lastEvent = async ({ store, run }: Opened) =>
  (await readEvents(store, run.id, { after: 0, limit: 50 })).at(-1);

test("a run that waits and has trained nothing ends at once, and says that there was nothing to keep", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  expect(await cancelRun(store, scope, run.id, keep)).toMatchObject({
    ...nothingKept,
    error: { code: "nothing_to_keep", message: expect.stringContaining("not learnt anything") },
  });
  const last = (await readEvents(store, run.id, { after: 0, limit: 50 })).at(-1);
  expect(last).toMatchObject({
    type: "run-cancelled",
    data: { versionId: null, notKept: { code: "nothing_to_keep" } },
  });
});

test("what a worker publishes of a run that is to keep it is a candidate, whatever the run was started for", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  expect(await cancelRun(store, scope, run.id, keep)).toMatchObject({
    status: "preparing",
    cancelKeeps: true,
  });
  expect(await renewLease(store, { ...run, leaseSeconds: 30 })).toEqual({
    cancelRequested: true,
    cancelKeeps: true,
  });
  const { versionId, outcome } = await publishRun(store, run);
  expect(outcome).toBe("published");
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId, error: null });
  expect(await resolveVersion(store, scope, versionId)).toMatchObject({ state: "candidate" });
  await expect(resolveVersion(store, scope, undefined)).rejects.toMatchObject({ code: "no_current_version" });
  expect(await lastEvent(opened)).toMatchObject({
    type: "run-cancelled",
    data: { versionId, notKept: null },
  });
  await sweepNow(store);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("an answer to publishing that was lost is given again", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await cancelRun(store, scope, run.id, keep);
  await publishRun(store, run);
  const again = {
    files: [],
    metrics: { steps: 1, tokens: 1, seconds: 1, finalLoss: 1 },
    templateVariables: {},
  };
  const metrics = { ...again.metrics, heldOutBefore: null, heldOutAfter: null };
  expect(await publishVersion(store, run, { ...again, metrics })).toBe("published");
});

test.each<[string, (opened: Opened) => Promise<unknown>]>([
  ["is handed back", ({ store, run }) => handBack(store, run)],
  ["stops without having made a version", ({ store, run }) => endCancelled(store, run)],
  ["has a fault", ({ store, run }) => failRun(store, run, { error, fault: "system" })],
  [
    "loses its worker",
    async ({ store, run }) => {
      await expireLease(store, run.id);
      await sweepExpiredLeases(store);
    },
  ],
])("a run with a checkpoint that %s waits for a worker that makes a version of it", async (_how, leave) => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 4);
  await cancelRun(store, scope, run.id, keep);
  await leave(opened);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "queued", cancelKeeps: true });
  await store.pool.query("update runs set not_before = now()");
  const { versionId } = await publishRun(store, await claimNextRun(store));
  expect(await getRun(store, scope, run.id)).toMatchObject({
    ...{ status: "cancelled", versionId, checkpoint: null },
  });
});

test("a checkpoint before the first step is nothing to keep", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 0);
  await handBack(store, run);
  expect(await cancelRun(store, scope, run.id, keep)).toMatchObject(nothingKept);
});

test("the deletion of the adapter leaves no version of a run that waits to be kept", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 4);
  await handBack(store, run);
  await cancelRun(store, scope, run.id, keep);
  await deleteAdapter(store, scope);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId: null });
  expect(await lastEvent(opened)).toMatchObject({
    ...{ type: "run-cancelled", data: { reason: "adapter_deleted", versionId: null } },
  });
});

test("a run that waits with a checkpoint waits on, and is ended at once by whoever wants nothing kept", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 4);
  await handBack(store, run);
  expect(await cancelRun(store, scope, run.id, keep)).toMatchObject({ status: "queued", cancelKeeps: true });
  expect(await cancelRun(store, scope, run.id)).toMatchObject({
    ...{ status: "cancelled", versionId: null, error: null },
  });
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toEqual([]);
});

test.each([
  ["first", [{}, keep]],
  ["last", [keep, {}]],
])("the wish to keep nothing stands where it came %s", async (_when, wishes) => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 4);
  for (const wish of wishes) await cancelRun(store, scope, run.id, wish);
  const { outcome } = await publishRun(store, run);
  expect(outcome).toBe("cancelled");
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId: null });
});

test("wishes and a publication at once leave one end", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const versionId = await reserveVersion(store, run);
  const metrics = { steps: 1, tokens: 1, seconds: 1, finalLoss: 1, heldOutBefore: null, heldOutAfter: null };
  const publishing = publishVersion(store, run, { files: [], metrics, templateVariables: {} });
  await Promise.all([publishing, cancelRun(store, scope, run.id, keep), cancelRun(store, scope, run.id)]);
  const ended = await getRun(store, scope, run.id);
  expect(["completed", "cancelled"]).toContain(ended.status);
  expect((await publishing) === "published").toBe(ended.versionId === versionId);
  const events = await readEvents(store, run.id, { after: 0, limit: 50 });
  expect(events.filter(({ type }) => type === `run-${ended.status}`)).toHaveLength(1);
});

test("a user's fault, or too many faults of the system, end it without a version and say why", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await cancelRun(store, scope, run.id, keep);
  await failRun(store, run, { error: { ...error, code: "non_finite_loss" }, fault: "user" });
  expect(await getRun(store, scope, run.id)).toMatchObject({
    ...nothingKept,
    error: { code: "nothing_to_keep", details: { cause: { code: "non_finite_loss" } } },
  });
});

test("attempts to keep it are bounded", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await saveAt(opened, run, 4);
  await cancelRun(store, scope, run.id, keep);
  await failRun(store, run, { error, fault: "system" });
  for (let attempt = 2; attempt <= 4; attempt += 1) {
    await store.pool.query("update runs set not_before = now()");
    await failRun(store, await claimNextRun(store), { error, fault: "system" });
  }
  expect(await getRun(store, scope, run.id)).toMatchObject({
    ...nothingKept,
    error: { details: { cause: { code: "attempts_exhausted" } } },
  });
});
