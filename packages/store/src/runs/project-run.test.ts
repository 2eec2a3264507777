import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { adapterKeys } from "../keys/index.ts";
import { getObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { openTestStore } from "../testing/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import {
  attemptKeys,
  makeDue,
  putCheckpoint,
  putFrozen,
  sweepNow,
  versionKeys,
} from "../testing/run-objects.ts";
import { testProgress } from "../testing/run-records.ts";
import { prepareAvatar, publishRun, putVersionFiles, queueRun } from "../testing/scenario.ts";
import {
  cancelRun,
  failRun,
  recordCheckpoint,
  recordFrozen,
  recordProgress,
  reserveVersion,
} from "./index.ts";

test("an ended run leaves its frozen rows, its record, its metrics and its log, and no checkpoint", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const frozen = await putFrozen(store, run);
  await recordFrozen(store, run, frozen);
  await recordProgress(store, run, testProgress);
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 1));
  const { versionId } = await publishRun(store, run);
  await sweepNow(store);
  const keys = adapterKeys(scope);
  expect(await attemptKeys(store, run)).toEqual([frozen.datasetKey, frozen.rowsKey].sort());
  const record = JSON.parse(await textOf(store, keys.runRecord(run.id)));
  expect(record).toMatchObject({ id: run.id, status: "completed", version: versionId, frozen });
  const metrics = await textOf(store, keys.runMetrics(run.id));
  expect(JSON.parse(metrics)).toEqual({
    ...{ split: "train", step: 1, at: expect.any(String), epoch: 0.25, loss: 2.5, learningRate: 1e-4 },
    ...{ gradientNorm: 1.5, tokens: 80, tokensPerSecond: 40 },
  });
  const log = await textOf(store, keys.runLog(run.id));
  expect(log.split("\n").map((line) => line.split(" ")[2])).toEqual([
    "run-queued",
    "run-claimed",
    "rows-frozen",
    "progress",
    "checkpointed",
    "run-exporting",
    "run-completed",
    undefined,
  ]);
});

test("a run that no worker ever had leaves its record and its log, and no figures", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store, { userId: "ann", avatarId: "amy" });
  const run = await cancelRun(store, scope, (await queueRun(store, scope)).id);
  await sweepNow(store);
  const keys = adapterKeys(scope);
  expect(JSON.parse(await textOf(store, keys.runRecord(run.id)))).toMatchObject({ status: "cancelled" });
  expect(await textOf(store, keys.runLog(run.id))).toMatch(/run-queued.*\n.*run-cancelled/);
  expect(await getObject(store.objects, { key: keys.runMetrics(run.id) })).toBeUndefined();
});

test("a failed run's version and checkpoint go and its record names the error", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 1));
  const versionId = await reserveVersion(store, run);
  await putVersionFiles(store, scope, versionId);
  const error = { code: "non_finite_adapter", message: "A weight is NaN.", remedy: "Train again." };
  await failRun(store, run, { error, fault: "user" });
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toEqual([]);
  const record = JSON.parse(await textOf(store, adapterKeys(scope).runRecord(run.id)));
  expect(record).toMatchObject({ status: "failed", error });
});

test("what a run of many steps leaves is written whole and in order, a page of it at a time", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  await failRun(store, run, { error: { code: "lost", message: "-", remedy: "-" }, fault: "user" });
  await store.background.settled();
  const steps = 2_345;
  await store.db.execute(sql`insert into run_metrics (run_id, split, step, attempt, loss, tokens)
    select ${run.id}, 'train', n, 1, 0.5, n from generate_series(1, ${steps}::int) n`);
  await store.db.execute(sql`insert into run_events (run_id, seq, attempt, type, data)
    select ${run.id}, n + 3, 1, 'checkpointed', jsonb_build_object('step', n)
    from generate_series(1, ${steps}::int) n`);
  await store.db.execute(sql`update runs set event_seq = 3 + ${steps}::int`);
  await makeDue(store, run.id);
  const asked = vi.spyOn(store.pool, "query");
  await sweepNow(store);
  const rows = asked.mock.results.map(async ({ value }) => (await value).rowCount ?? 0);
  expect(Math.max(...(await Promise.all(rows)))).toBe(1_000);
  const keys = adapterKeys(scope);
  const wanted = Array.from({ length: steps }, (_, at) => at + 1);
  const metrics = (await textOf(store, keys.runMetrics(run.id))).trim().split("\n");
  expect(metrics.map((line) => JSON.parse(line).step)).toEqual(wanted);
  const log = (await textOf(store, keys.runLog(run.id))).trim().split("\n");
  expect(log.slice(0, 3).map((line) => line.split(" ")[2])).toEqual([
    "run-queued",
    "run-claimed",
    "run-failed",
  ]);
  expect(log.slice(3).map((line) => JSON.parse(line.split(" ")[3] ?? "").step)).toEqual(wanted);
});

const textOf = async (store: Store, key: string): Promise<string> => {
  const object = await getObject(store.objects, { key });
  return Buffer.from((await object?.bytes()) ?? []).toString();
};
