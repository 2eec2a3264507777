import { adapterKeys } from "@loraloom/store/keys";
import { listObjects, putObject } from "@loraloom/store/objects";
import { failRun, recordFrozen } from "@loraloom/store/runs";
import { claimNextRun, frozenRows, storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { publishNext, trainingRow } from "../testing/populate.ts";

let api: TestApi;
let ada: TestCaller;
/** A run whose rows are frozen. */
let fixed: { avatarId: string; runId: string };
beforeAll(async () => {
  api = await openTestApi();
  ada = api.as((await api.makeKey("ada")).key);
  const on = await prepare("fixed");
  fixed = { ...on, runId: await failedRun(on) };
});
afterAll(() => api[Symbol.asyncDispose]());

const prepare = async (avatarId: string) => {
  await ada.adapter.create({ avatarId });
  await storeFile(api.store, { userId: "ada", avatarId }, { name: "chats.jsonl", body: trainingRow });
  return { avatarId };
};
const scopeOf = ({ avatarId }: { avatarId: string }) => ({ userId: "ada", avatarId });

/** A run that a worker has frozen and given up, as on a fault of the user. */
const failedRun = async (on: { avatarId: string }, changes: object = {}): Promise<string> => {
  const { id } = await ada.train.start({ ...on, ...changes });
  const run = await claimNextRun(api.store);
  const fence = { runId: run.id, attempt: run.attempt };
  await recordFrozen(api.store, fence, await frozenRows(api.store, run));
  const error = { code: "non_finite_loss", message: "It exploded.", remedy: "Lower the rate." };
  await failRun(api.store, fence, { error, fault: "user" });
  return id;
};

test("runs are found by status, tags, name and time, page by page", async () => {
  const on = await prepare("found");
  const first = await ada.train.start({ ...on, name: "First try", tags: ["lr", "night"] });
  const second = await ada.train.start({ ...on, name: "second try", tags: ["night"] });
  await ada.train.cancel({ ...on, runId: first.id });
  const found = async (filter: object) =>
    (await ada.train.list({ ...on, ...filter })).runs.map(({ name }) => name);
  expect(await found({})).toEqual(["second try", "First try"]);
  expect(await found({ status: ["cancelled"] })).toEqual(["First try"]);
  expect(await found({ status: ["cancelled", "queued"] })).toHaveLength(2);
  expect(await found({ tags: ["night"] })).toHaveLength(2);
  expect(await found({ tags: ["night", "lr"] })).toEqual(["First try"]);
  expect(await found({ name: "TRY" })).toHaveLength(2);
  expect(await found({ name: "first" })).toEqual(["First try"]);
  expect(await found({ name: "%" })).toEqual([]);
  expect(await found({ since: second.createdAt })).toEqual(["second try"]);
  expect(await found({ until: second.createdAt })).toEqual(["First try"]);
  const page = await ada.train.list({ ...on, tags: ["night"], limit: 1 });
  const next = await ada.train.list({ ...on, tags: ["night"], limit: 1, cursor: page.nextCursor ?? "" });
  expect([...page.runs, ...next.runs].map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(next.nextCursor).toBeNull();
  await ada.train.cancel({ ...on, runId: second.id });
});

test("a cursor that no list has given is refused, and never taken for the end of the list", async () => {
  const on = await prepare("cursors");
  const service = api.as((await api.makeKey()).key);
  const ofAnotherList = Buffer.from('["nobody\'s","mia"]').toString("base64url");
  for (const cursor of ["abc", "!", "01m82116ckec4e57rmn6qemm2t", ofAnotherList]) {
    const asked = [
      () => ada.train.list({ ...on, cursor }),
      () => ada.adapter.versions({ ...on, cursor }),
      () => ada.adapter.backups({ ...on, cursor }),
      () => service.keys.list({ cursor }),
      () => service.admin.audit({ cursor }),
      () => ada.adapter.list({ cursor }),
      () => ada.shares.list({ ...on, cursor }),
      () => ada.shares.mine({ cursor }),
      () => ada.webhooks.deliveries({ webhookId: "any", cursor }),
      () => service.admin.limits.list({ cursor }),
    ];
    const refusal = expect.stringContaining("must be the nextCursor of the page before");
    for (const ask of asked)
      expect(await outcomeOf(ask)).toMatchObject({ code: "bad_input", message: refusal });
  }
});

test("a moment that no database knows is a bad input, of runs and of the audit log", async () => {
  const on = await prepare("moments");
  const service = api.as((await api.makeKey()).key);
  for (const moment of [new Date("+010000-01-01T00:00:00Z"), new Date("-000001-01-01T00:00:00Z")]) {
    const asked = [ada.train.list({ ...on, since: moment }), service.admin.audit({ to: moment })];
    for (const refused of asked) await expect(refused).rejects.toThrow("of the years 1 to 2999");
  }
});

test("a name and tags may be changed, and nothing that the result depends on", async () => {
  const on = await prepare("labels");
  const run = await ada.train.start({ ...on, tags: ["a"] });
  const named = await ada.train.update({ ...on, runId: run.id, name: "better", tags: ["b", "c"] });
  expect(named).toMatchObject({ name: "better", tags: ["b", "c"], config: run.config });
  expect(await ada.train.update({ ...on, runId: run.id, name: null })).toMatchObject({
    ...{ name: null, tags: ["b", "c"] },
  });
  const changed = { ...on, runId: run.id, hyperparameters: { rank: 4 } };
  expect(await outcomeOf(() => ada.train.update(changed))).toMatchObject({ code: "bad_input" });
  const twice = { ...on, runId: run.id, tags: ["b", "b"] };
  expect(await outcomeOf(() => ada.train.update(twice))).toMatchObject({ code: "bad_input" });
  expect((await ada.train.get({ ...on, runId: run.id })).config).toEqual(run.config);
  await ada.train.cancel({ ...on, runId: run.id });
});

test("a run tells its phase, and whose it is until when", async () => {
  const on = await prepare("phases");
  const { id: runId } = await ada.train.start(on);
  const shown = () => ada.train.get({ ...on, runId });
  expect(await shown()).toMatchObject({ phase: "waiting", lease: null, failures: 0 });
  const run = await claimNextRun(api.store, "w1");
  expect(await shown()).toMatchObject({
    ...{ phase: "freezing", lease: { workerId: "w1", expiresAt: expect.any(Date) } },
  });
  await recordFrozen(api.store, { runId, attempt: 1 }, await frozenRows(api.store, run));
  expect((await shown()).phase).toBe("starting");
  expect(await ada.train.cancel({ ...on, runId, keep: "checkpoint" })).toMatchObject({ phase: "keeping" });
  expect(await ada.train.cancel({ ...on, runId })).toMatchObject({ phase: "cancelling", cancelKeeps: false });
  await api.store.pool.query("update runs set lease_expires_at = now() where id = $1", [runId]);
  expect(await ada.train.cancel({ ...on, runId })).toMatchObject({ phase: null, lease: null });
});

test("an ended run is deleted with all that it left, and its version stays and says what it came from", async () => {
  const on = await prepare("deleted");
  const { id: runId } = await ada.train.start(on);
  expect(await outcomeOf(() => ada.train.delete({ ...on, runId }))).toMatchObject({ code: "run_not_ended" });
  const versionId = await publishNext(api, scopeOf(on));
  await api.store.background.settled();
  const prefix = adapterKeys(scopeOf(on)).runPrefix(runId);
  const left = () => Array.fromAsync(listObjects(api.store.objects, prefix), ({ key }) => key);
  expect(await left()).toHaveLength(3);
  const metric =
    "insert into run_metrics (run_id, split, step, attempt, loss, tokens) values ($1, 'train', 1, 1, 1, 1)";
  await api.store.pool.query(metric, [runId]);
  // As after a publication whose answer was lost.
  const givenUp = "update runs set abandoned_versions = jsonb_build_array($2::text) where id = $1";
  await api.store.pool.query(givenUp, [runId, versionId]);
  expect(await ada.train.delete({ ...on, runId })).toEqual({ runId });
  await vi.waitFor(async () => expect(await left()).toEqual([]), 100_000);
  await api.store.background.settled();
  const versionPrefix = adapterKeys(scopeOf(on)).versionPrefix(versionId);
  expect(await Array.fromAsync(listObjects(api.store.objects, versionPrefix))).toHaveLength(3);
  expect(await outcomeOf(() => ada.train.get({ ...on, runId }))).toMatchObject({ code: "run_not_found" });
  for (const table of ["run_events", "run_metrics"]) {
    const { rows } = await api.store.pool.query(`select * from ${table} where run_id = $1`, [runId]);
    expect(rows).toEqual([]);
  }
  const { versions } = await ada.adapter.versions(on);
  expect(versions).toMatchObject([{ id: versionId, runId, state: "current" }]);
  expect(await outcomeOf(() => ada.train.delete({ ...on, runId }))).toMatchObject({ code: "run_not_found" });
});

test("a run is trained again on its own copy of the rows, with what is said otherwise", async () => {
  const on = await prepare("again");
  const runId = await failedRun(on, { hyperparameters: { rank: 4, maxLength: 64 }, publish: "candidate" });
  const source = await ada.train.get({ ...on, runId });
  const again = await ada.train.rerun({
    ...{ ...on, runId, name: "slower", tags: ["retry"] },
    hyperparameters: { learningRate: 1e-5, epochs: 7, maxLength: 64 },
  });
  expect(again).toMatchObject({
    ...{ name: "slower", tags: ["retry"], rerunOf: runId, status: "queued", examples: source.examples },
    config: {
      ...{ ...source.config, publish: "candidate" },
      hyperparameters: { ...source.config.hyperparameters, learningRate: 1e-5, epochs: 7 },
    },
  });
  await ada.train.delete({ ...on, runId });
  await api.store.background.settled();
  const prefix = adapterKeys(scopeOf(on)).attemptPrefix(again.id, 0);
  const keys = await Array.fromAsync(listObjects(api.store.objects, prefix), ({ key }) => key);
  expect(keys.map((key) => key.slice(prefix.length))).toEqual(["dataset.json", "rows.jsonl.gz"]);
  await ada.train.cancel({ ...on, runId: again.id });
});

test.each([
  [{ hyperparameters: { maxLength: 32 } }, "hyperparameters.maxLength = 32: it decides what the rows are"],
  [{ hyperparameters: { overLength: "raise" as const } }, "overLength"],
  [{ method: "dpo" }, "method"],
  [{ speaker: "Ada" }, "speaker"],
  [{ evaluation: "none" }, "evaluation"],
  [{ baseModel: "other" }, "baseModel"],
  [{ skipInvalidRows: true }, "skipInvalidRows"],
])("what would make other rows is refused: %j", async (changes, message) => {
  const call = { ...fixed, ...Object(changes) };
  const refused = await outcomeOf(() => ada.train.rerun(call));
  expect(refused).toMatchObject({ message: expect.stringContaining(message) });
  expect(refused).toMatchObject({ message: expect.stringContaining("train.start reads anew") });
});

test("who has frozen no held-out rows measures with none", async () => {
  const on = await prepare("measures-nothing");
  const runId = await failedRun(on, { evaluation: { split: 0.5 } });
  const call = { ...on, runId, evaluationStrategy: "steps" as const, evaluationSteps: 2 };
  expect(await outcomeOf(() => ada.train.rerun(call))).toMatchObject({
    ...{ code: "bad_option", message: expect.stringContaining("no held-out rows") },
  });
});

test("rows that were made for another base model than there is now are not trained on", async () => {
  const on = await prepare("other-base");
  const runId = await failedRun(on);
  await api.store.pool.query("update runs set engine_key = 'tiny@main/bfloat16/none' where id = $1", [runId]);
  expect(await outcomeOf(() => ada.train.rerun({ ...on, runId }))).toMatchObject({
    ...{ code: "base_model_mismatch", message: expect.stringContaining("bfloat16") },
  });
});

test("rows that were never frozen, that are gone or that were erased are not trained on again", async () => {
  const on = await prepare("no-rows");
  const early = await ada.train.start(on);
  await ada.train.cancel({ ...on, runId: early.id });
  const again = (runId: string) => outcomeOf(() => ada.train.rerun({ ...on, runId }));
  expect(await again(early.id)).toMatchObject({ code: "rows_not_frozen" });
  const damaged = await failedRun(on);
  const key = adapterKeys(scopeOf(on)).attemptFile(damaged, 1, "dataset.json");
  await putObject(api.store.objects, { key, body: "other" });
  expect(await again(damaged)).toMatchObject({ code: "dataset_changed" });
  const runId = await failedRun(on);
  const copy = await ada.train.rerun({ ...on, runId });
  await ada.trainingData.erase({ ...on, name: "chats.jsonl" });
  expect(await again(runId)).toMatchObject({ code: "dataset_erased" });
  // The copy of what was erased goes with it.
  expect(await ada.train.get({ ...on, runId: copy.id })).toMatchObject({
    ...{ status: "failed", error: { code: "dataset_erased" } },
  });
});
