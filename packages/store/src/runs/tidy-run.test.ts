import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { runs } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import {
  attemptKeys,
  keysIn,
  makeDue,
  putCheckpoint,
  sweepNow,
  versionKeys,
} from "../testing/run-objects.ts";
import { claimNextRun, expireLease, prepareAvatar, putVersionFiles, queueRun } from "../testing/scenario.ts";
import {
  deleteRun,
  failRun,
  getRun,
  type Run,
  recordCheckpoint,
  reserveVersion,
  sweepExpiredLeases,
  sweepLost,
  sweepSupersededObjects,
} from "./index.ts";

test("an object put late by a superseded worker goes with the second sweep, and then there is none due", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run: late } = opened;
  const lateVersion = await reserveVersion(store, late);
  await expireLease(store, late.id);
  await sweepExpiredLeases(store);
  await sweepNow(store);
  await putCheckpoint(store, late, 3);
  await putVersionFiles(store, scope, lateVersion);
  expect(await sweepSupersededObjects(store)).toBe(0);

  await makeDue(store, late.id);
  await sweepNow(store);
  expect(await attemptKeys(store, late)).toEqual([]);
  expect(await versionKeys(store, scope, lateVersion)).toEqual([]);
  const [run] = await store.db.select().from(runs).where(eq(runs.id, late.id));
  expect(run).toMatchObject({ sweepDueAt: null, sweepsLeft: 0, abandonedVersions: [lateVersion] });
});

test("what a worker puts that was paused for longer than all sweeps goes when it is back, also of a deleted run", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run: late } = opened;
  const lateVersion = await reserveVersion(store, late);
  await expireLease(store, late.id);
  await sweepExpiredLeases(store);
  const newer = await claimNextRun(store);
  const kept = await putCheckpoint(store, newer, 5);
  await recordCheckpoint(store, newer, kept);
  await store.background.settled();
  for (const _ of ["soon", "later"]) {
    await makeDue(store, late.id);
    await sweepSupersededObjects(store);
  }
  expect(await getRun(store, scope, late.id)).toMatchObject({ sweepDueAt: null });
  await putCheckpoint(store, late, 3);
  await putVersionFiles(store, scope, lateVersion);
  await sweepLost(store, late);
  await store.background.settled();
  expect(await attemptKeys(store, late)).toEqual(keysIn(kept));
  expect(await versionKeys(store, scope, lateVersion)).toEqual([]);

  const error = { code: "non_finite_loss", message: "NaN.", remedy: "Lower the rate." };
  await failRun(store, newer, { error, fault: "user" });
  await store.background.settled();
  await deleteRun(store, scope, late.id);
  await store.background.settled();
  await putCheckpoint(store, late, 4);
  await sweepLost(store, late);
  await store.background.settled();
  expect(await attemptKeys(store, late)).toEqual([]);
});

test("a version that is given up while a sweep goes on is left to the next one", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using opened = await openClaimedRun({ endpoint: proxy.url });
  const { store, scope, run } = opened;
  const first = await reserveVersion(store, run);
  await putVersionFiles(store, scope, first);
  await makeDue(store, run.id);
  await store.db.update(runs).set({ sweepsLeft: 1 }).where(eq(runs.id, run.id));
  proxy.setFault({ kind: "hold", matches: ({ path }) => path.includes("attempts/") });
  const sweeping = sweepSupersededObjects(store);
  await vi.waitFor(() => expect(proxy.hits()).toBeGreaterThan(0), 100_000);
  await reserveVersion(store, run);
  proxy.setFault();
  await sweeping;
  expect(await versionKeys(store, scope, first)).toHaveLength(3);
  await sweepSupersededObjects(store);
  expect(await versionKeys(store, scope, first)).toEqual([]);
  const [swept] = await store.db.select().from(runs).where(eq(runs.id, run.id));
  expect(swept).toMatchObject({ sweepDueAt: null, abandonedVersions: [first] });
});

test("a run that can't be tidied doesn't keep the others, and comes again", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const scope = await prepareAvatar(store);
  const claimed: Run[] = [];
  for (let count = 0; count < 3; count += 1) {
    await queueRun(store, scope);
    const run = await claimNextRun(store);
    await putCheckpoint(store, run, 1);
    await store.db.update(runs).set({ attempt: 2 }).where(eq(runs.id, run.id));
    await makeDue(store, run.id);
    claimed.push(run);
  }
  const left = () => Promise.all(claimed.map(async (run) => (await attemptKeys(store, run)).length));
  const stuck = claimed[0]?.id ?? "";
  proxy.setFault({
    kind: "unavailable",
    matches: ({ method, path }) => method === "DELETE" && path.includes(stuck),
  });
  await expect(sweepSupersededObjects(store)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await left()).toEqual([1, 0, 0]);
  proxy.setFault();
  await sweepSupersededObjects(store);
  expect(await left()).toEqual([0, 0, 0]);
});
