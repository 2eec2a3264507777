import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { readEvents } from "../events/index.ts";
import { newId } from "../new-id.ts";
import { runs } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { openClaimedRun, openQueuedRun } from "../testing/open-run.ts";
import { claimNextRun, endPause, prepareAvatar, queueRun, testEngineKey } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { claimRun, failRun, findQueuePlace, type Run, renewLease } from "./index.ts";

const claim = { workerId: "worker", engineKey: testEngineKey, leaseSeconds: 30 };

test("a claim gives the oldest run an attempt, a lease and an event", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run: first } = opened;
  await queueRun(store, scope);
  const run = await claimRun(store, claim);
  expect(run).toMatchObject({ id: first.id, status: "preparing", attempt: 1, workerId: "worker" });
  expect(run?.leaseExpiresAt?.getTime()).toBeGreaterThan(run?.startedAt?.getTime() ?? 0);
  const events = await readEvents(store, first.id, { after: 0, limit: 10 });
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run-queued"],
    [2, "run-claimed"],
  ]);
});

test("many claimers at once take each run exactly once", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const queued = await Promise.all(Array.from({ length: 24 }, () => queueRun(store, scope)));
  const claims = Array.from({ length: 60 }, (_, index) =>
    claimRun(store, { ...claim, workerId: `worker-${index}` }),
  );
  const claimed = (await Promise.all(claims)).filter((run) => run !== undefined);
  // One that comes while every row it sees is locked may leave empty-handed; its next call finds them.
  for (let run = await claimRun(store, claim); run; run = await claimRun(store, claim)) claimed.push(run);
  expect(claimed.map(({ id }) => id).sort()).toEqual(queued.map(({ id }) => id).sort());
  expect(claimed.every(({ attempt }) => attempt === 1)).toBe(true);
});

test("a worker gets only runs of its engine key, and none that pauses", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  expect(await claimRun(store, { ...claim, engineKey: "other@main/float32/none" })).toBeUndefined();
  const claimed = await claimNextRun(store);
  const error = { code: "engine_crashed", message: "It crashed.", remedy: "Wait." };
  await failRun(store, claimed, { error, fault: "system" });
  expect(await claimRun(store, claim)).toBeUndefined();
  await endPause(store, run.id);
  expect(await claimNextRun(store)).toMatchObject({ id: run.id, attempt: 2 });
});

test("the user who was given the least comes first, then the oldest run", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  await addUsage(store, { userId: "ada", gpuSeconds: 3600 });
  const adas = await queueRun(store, ada);
  const bobs = [await queueRun(store, bob), await queueRun(store, bob)];

  const order = [bobs[0], bobs[1], adas].map((run) => run?.id);
  const places = await Promise.all([...bobs, adas].map((run) => findQueuePlace(store, run)));
  expect(places.map((place) => place?.position)).toEqual([1, 2, 3]);
  const claimed = [await claimNextRun(store), await claimNextRun(store), await claimNextRun(store)];
  expect(claimed.map(({ id }) => id)).toEqual(order);
  expect(await findQueuePlace(store, adas)).toBeNull();
});

test("a run in hand counts before it was billed: equal users take turns, as their places in the queue say", async () => {
  await using store = await openTestStore();
  const queued: Run[] = [];
  for (const userId of ["ada", "ada", "ada", "bob", "bob", "eve"])
    queued.push(await queueRun(store, await prepareAvatar(store, { userId, avatarId: newId() })));
  const places = await Promise.all(queued.map((run) => findQueuePlace(store, run)));
  expect(places.map((place) => place?.position)).toEqual([1, 4, 6, 2, 5, 3]);
  const claimed: string[] = [];
  for (const _ of queued) claimed.push((await claimNextRun(store)).userId);
  expect(claimed).toEqual(["ada", "bob", "eve", "ada", "bob", "ada"]);
});

test("service older than a day is forgotten", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  await addUsage(store, { userId: "ada", gpuSeconds: 3600, hoursAgo: 25 });
  const adas = await queueRun(store, ada);
  await queueRun(store, bob);
  expect((await claimNextRun(store)).id).toBe(adas.id);
});

test("a renewed lease lasts from the renewal on", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  expect(await renewLease(store, { ...run, leaseSeconds: 3600 })).toMatchObject({ cancelRequested: false });
  const [row] = await store.db.select().from(runs).where(eq(runs.id, run.id));
  expect((row?.leaseExpiresAt?.getTime() ?? 0) - (run.leaseExpiresAt?.getTime() ?? 0)).toBeGreaterThan(3e6);
});
