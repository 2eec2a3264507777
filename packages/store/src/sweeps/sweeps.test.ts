import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeAudit } from "../access/index.ts";
import { eraseScope } from "../erase/index.ts";
import { readEvents } from "../events/index.ts";
import { claimCall } from "../idempotency/index.ts";
import { adapterKeys } from "../keys/index.ts";
import { headObject } from "../objects/index.ts";
import { recordProgress, sampleMetrics, sweepSupersededObjects } from "../runs/index.ts";
import { stagePrefix } from "../staging/staged-prefix.ts";
import { auditLog, erasures, idempotencyKeys, runs, stagedPrefixes, uploads } from "../tables/index.ts";
import { beginUpload, openTestStore, type TestStore } from "../testing/index.ts";
import { testProgress } from "../testing/run-records.ts";
import { claimNextRun, prepareAvatar, publishRun, queueRun } from "../testing/scenario.ts";
import { runSweeps, sweepNames } from "./index.ts";

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const removed = async () =>
  Object.fromEntries((await runSweeps(store)).map(({ name, removed }) => [name, removed]));

/** Something for half of the sweeps: an upload, a prefix, an erasure with its audit entry and an answer that are over. */
const leaveBehind = async (): Promise<void> => {
  const long = sql`now() - interval '9 years'`;
  const gone = await prepareAvatar(store, { userId: "eve", avatarId: "gone" });
  await eraseScope(store, gone);
  await store.db.update(erasures).set({ dueAt: long });
  const scope = await prepareAvatar(store, { userId: "eve", avatarId: "left" });
  await beginUpload(store, scope, { name: "a.jsonl" });
  await store.db.update(uploads).set({ expiresAt: long });
  await stagePrefix(store.db, "users/eve/late/");
  await store.db.update(stagedPrefixes).set({ dueAt: long });
  await store.db.update(auditLog).set({ at: long });
  const call = { ...scope, key: "once", ownerId: "eve", procedure: "p", requestHash: "0" };
  await claimCall(store, call, { again: true, kept: true });
  await store.db.update(idempotencyKeys).set({ createdAt: long, workingUntil: long });
};

test("every sweep has its turn, and a second time there is nothing left", async () => {
  await leaveBehind();
  const nothing = Object.fromEntries(sweepNames.map((name) => [name, 0]));
  const left = { "expired-uploads": 1, "abandoned-prefixes": 1, erasures: 1, "audit-log": 1 };
  expect(await removed()).toEqual({ ...nothing, ...left, "idempotency-keys": 1 });
  expect(await removed()).toEqual(nothing);
});

test("audit entries go once they are older than they are kept, and no younger one", async () => {
  for (const subject of ["old", "older", "young"])
    await writeAudit(store, { action: "key-created", subject });
  const kept = store.retention.auditDays;
  const at = (days: number) => sql`now() - make_interval(days => ${days})`;
  await store.db
    .update(auditLog)
    .set({ at: at(kept + 1) })
    .where(eq(auditLog.subject, "old"));
  await store.db
    .update(auditLog)
    .set({ at: at(kept + 99) })
    .where(eq(auditLog.subject, "older"));
  await store.db
    .update(auditLog)
    .set({ at: at(kept - 1) })
    .where(eq(auditLog.subject, "young"));
  expect(await removed()).toMatchObject({ "audit-log": 2 });
  expect(await store.db.select().from(auditLog)).toMatchObject([{ subject: "young" }]);
});

test("a run that ended long ago loses the events of its steps, not its other ones, its metrics or its log", async () => {
  const scope = await prepareAvatar(store);
  const { id: young } = await trainOnce(scope);
  const { id: old } = await trainOnce(scope);
  const log = () => headObject(store.objects, adapterKeys(scope).runLog(old));
  const written = await log();
  await endedAgo(old, store.retention.stepEventDays + 1);
  expect(await removed()).toMatchObject({ "step-events": 1 });
  expect(await typesOf(old)).toEqual(["run-queued", "run-claimed", "run-exporting", "run-completed"]);
  expect(await typesOf(young)).toContain("progress");
  expect(await sampleMetrics(store, old, { from: 0, to: 9, points: 10 })).toHaveLength(1);
  // A file of it that is erased later has the run tidied once more.
  await store.db
    .update(runs)
    .set({ sweepDueAt: sql`date_trunc('milliseconds', now())`, sweepsLeft: 1 })
    .where(eq(runs.id, old));
  await sweepSupersededObjects(store);
  expect(await log()).toMatchObject({ etag: written?.etag });
});

test("a sweep that fails is told of and keeps no other from its turn", async () => {
  await writeAudit(store, { action: "key-created" });
  await store.db.update(auditLog).set({ at: new Date(0) });
  await store.db.execute(sql`alter table staged_prefixes rename to hidden`);
  const reports = await runSweeps(store);
  await store.db.execute(sql`alter table hidden rename to staged_prefixes`);
  expect(reports.filter(({ error }) => error !== undefined)).toMatchObject([{ name: "abandoned-prefixes" }]);
  expect(reports.find(({ name }) => name === "audit-log")?.removed).toBeGreaterThan(0);
});

const trainOnce = async (scope: { userId: string; avatarId: string }) => {
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await recordProgress(store, run, testProgress);
  await publishRun(store, run);
  await sweepSupersededObjects(store);
  await store.background.settled();
  await store.db.update(runs).set({ sweepDueAt: null, sweepsLeft: 0 }).where(eq(runs.id, run.id));
  return run;
};
const endedAgo = (id: string, days: number) =>
  store.db
    .update(runs)
    .set({ finishedAt: sql`now() - make_interval(days => ${days})` })
    .where(eq(runs.id, id));
const typesOf = async (id: string) =>
  (await readEvents(store, id, { after: 0, limit: 100 })).map(({ type }) => type);
