import { expect, test } from "vitest";
import { readEvents } from "../events/index.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import { expireLease, publishRun, putVersionFiles, testMetrics } from "../testing/scenario.ts";
import {
  cancelRun,
  claimRun,
  endCancelled,
  failRun,
  getRun,
  handBack,
  publishVersion,
  renewLease,
  reserveVersion,
  sweepExpiredLeases,
} from "./index.ts";

const lastEvent = { type: "run-cancelled", data: { reason: "requested" } };
const error = { code: "engine_crashed", message: "It crashed.", remedy: "Wait." };

test("a waiting run is cancelled at once and never claimed", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  expect(await cancelRun(store, scope, run.id)).toMatchObject({ status: "cancelled" });
  expect(
    await claimRun(store, { workerId: "w", engineKey: run.engineKey, leaseSeconds: 30 }),
  ).toBeUndefined();
  expect(await readEvents(store, run.id, { after: 1, limit: 10 })).toMatchObject([lastEvent]);
});

test("a leased run is flagged; its worker learns it at its heartbeat and ends it", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const flagged = await cancelRun(store, scope, run.id);
  expect(flagged).toMatchObject({ status: "preparing", cancelRequested: true });
  expect(await renewLease(store, { ...run, leaseSeconds: 30 })).toMatchObject({ cancelRequested: true });
  await endCancelled(store, run);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", leaseExpiresAt: null });
  expect(await readEvents(store, run.id, { after: 2, limit: 10 })).toMatchObject([lastEvent]);
});

test("a run whose lease ran out is cancelled at once", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await expireLease(store, run.id);
  expect(await cancelRun(store, scope, run.id)).toMatchObject({ status: "cancelled" });
});

test.each([
  ["is handed back", handBack],
  ["fails by the system", (store, run) => failRun(store, run, { error, fault: "system" })],
  ["fails by its user", (store, run) => failRun(store, run, { error, fault: "user" })],
] satisfies [string, typeof handBack][])("a flagged run that %s ends cancelled", async (_, leave) => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await cancelRun(store, scope, run.id);
  await leave(store, run);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", error: null });
});

test("a flagged run whose worker is gone is ended by the sweep", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await cancelRun(store, scope, run.id);
  await expireLease(store, run.id);
  await sweepExpiredLeases(store);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled" });
});

test("a run that is cancelled while it exports publishes nothing", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const versionId = await reserveVersion(store, run);
  const files = await putVersionFiles(store, scope, versionId);
  await cancelRun(store, scope, run.id);
  const version = { files, metrics: testMetrics, templateVariables: {} };
  expect(await publishVersion(store, run, version)).toBe("cancelled");
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "cancelled", versionId: null });
});

test("a run that has ended stays as it is", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await publishRun(store, run);
  expect(await cancelRun(store, scope, run.id)).toMatchObject({
    status: "completed",
    cancelRequested: false,
  });
});

test("another avatar's run is not there", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  const other = { userId: "bob", avatarId: "one" };
  await expect(cancelRun(store, other, run.id)).rejects.toMatchObject({ code: "run_not_found" });
  await expect(getRun(store, other, run.id)).rejects.toMatchObject({ code: "run_not_found" });
});
