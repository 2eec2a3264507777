import { expect, test } from "vitest";
import { adapterKeys } from "../keys/index.ts";
import { listMultiparts, startMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import {
  attemptKeys,
  keysIn,
  makeDue,
  putCheckpoint,
  putFrozen,
  sweepNow,
  versionKeys,
} from "../testing/run-objects.ts";
import { claimNextRun, expireLease, publishRun, putVersionFiles } from "../testing/scenario.ts";
import {
  getRun,
  handBack,
  type Run,
  recordCheckpoint,
  recordFrozen,
  reserveVersion,
  sweepExpiredLeases,
} from "./index.ts";
import { removeSuperseded } from "./remove-superseded.ts";

test("objects of a superseded attempt go; what the row names and the live attempt writes stays", async () => {
  await using opened = await openClaimedRun();
  const { store, run: first } = opened;
  const frozen = await putFrozen(store, first);
  await recordFrozen(store, first, frozen);
  const checkpoint = await putCheckpoint(store, first, 5);
  await recordCheckpoint(store, first, checkpoint);
  const unrecorded = await putCheckpoint(store, first, 9);
  await handBack(store, first);
  const second = await claimNextRun(store);
  const unfinished = await putCheckpoint(store, second, 7);

  await store.background.settled();
  await makeDue(store, second.id);
  await sweepNow(store);
  expect(await attemptKeys(store, second)).toEqual(
    [frozen.datasetKey, frozen.rowsKey, ...keysIn(checkpoint), ...keysIn(unfinished)].sort(),
  );
  expect(await attemptKeys(store, second)).not.toContain(keysIn(unrecorded)[0]);
});

test("parts of an object that a superseded attempt never finished go; those of the live attempt stay", async () => {
  await using opened = await openClaimedRun();
  const { store, run: first } = opened;
  await beginRows(store, first);
  await handBack(store, first);
  const second = await claimNextRun(store);
  const live = await beginRows(store, second);

  await store.background.settled();
  await makeDue(store, second.id);
  await sweepNow(store);
  const unfinished = listMultiparts(store.objects, adapterKeys(second).attemptsPrefix(second.id));
  expect(await Array.fromAsync(unfinished, ({ key }) => key)).toEqual([live]);
});

/** As far as a worker comes that is killed while it puts rows of more than 16 MiB. */
const beginRows = async (store: Store, run: Run): Promise<string> => {
  const key = adapterKeys(run).attemptFile(run.id, run.attempt, "rows.jsonl.gz");
  await startMultipart(store.objects, { key, contentType: "application/gzip", metadata: {} });
  return key;
};

test("a new checkpoint replaces the older one of the same attempt", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  await recordCheckpoint(store, run, await putCheckpoint(store, run, 5));
  const newer = await putCheckpoint(store, run, 10);
  await recordCheckpoint(store, run, newer);
  const next = await putCheckpoint(store, run, 15);
  await sweepNow(store);
  expect(await attemptKeys(store, run)).toEqual([...keysIn(newer), ...keysIn(next)].sort());
});

test("a version whose attempt was superseded goes; the one that was published never does", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run: late } = opened;
  const abandoned = await reserveVersion(store, late);
  await putVersionFiles(store, scope, abandoned);
  await expireLease(store, late.id);
  await sweepExpiredLeases(store);
  const { versionId } = await publishRun(store, await claimNextRun(store));
  await sweepNow(store);
  await makeDue(store, late.id);
  await sweepNow(store);
  expect(await versionKeys(store, scope, abandoned)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("an attempt that reserves again gives up its first version", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const first = await reserveVersion(store, run);
  await putVersionFiles(store, scope, first);
  const { versionId } = await publishRun(store, run);
  await sweepNow(store);
  expect(await versionKeys(store, scope, first)).toEqual([]);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("a sweep that was paused after it had read its run removes nothing that a newer attempt wrote", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run: first } = opened;
  await recordCheckpoint(store, first, await putCheckpoint(store, first, 5));
  await reserveVersion(store, first);
  await handBack(store, first);
  const readBefore = await getRun(store, scope, first.id);
  const second = await claimNextRun(store);
  const frozen = await putFrozen(store, second);
  await recordFrozen(store, second, frozen);
  const checkpoint = await putCheckpoint(store, second, 9);
  await recordCheckpoint(store, second, checkpoint);
  const { versionId } = await publishRun(store, second);

  await removeSuperseded(store, readBefore);
  expect(await attemptKeys(store, second)).toEqual(
    expect.arrayContaining([frozen.datasetKey, frozen.rowsKey, ...keysIn(checkpoint)]),
  );
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});

test("a version that is being written is not swept", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const versionId = await reserveVersion(store, run);
  await putVersionFiles(store, scope, versionId);
  await makeDue(store, run.id);
  await sweepNow(store);
  expect(await versionKeys(store, scope, versionId)).toHaveLength(3);
});
