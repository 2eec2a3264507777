import { adapterKeys } from "@loraloom/store/keys";
import { putObject } from "@loraloom/store/objects";
import { storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { publishNext, trainingRow } from "../testing/populate.ts";

let api: TestApi;
let ada: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  ada = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const small = { rank: 4, alpha: 6, rankStabilized: true, dora: true, targetModules: ["q_proj", "v_proj"] };

/** An avatar with a version of rank 4 on two kinds of layers. */
const trained = async (avatarId: string) => {
  const scope = { userId: "ada", avatarId };
  await ada.adapter.create({ avatarId });
  await storeFile(api.store, scope, { name: "chats.jsonl", body: trainingRow });
  await ada.train.start({ avatarId, hyperparameters: small });
  return { avatarId, version: await publishNext(api, scope) };
};

test("a run that starts from a version has its form, and its version says where it came from", async () => {
  const { avatarId, version } = await trained("goes-on");
  const run = await ada.train.start({ avatarId, startFrom: "current", preset: "large" });
  expect(run.config).toMatchObject({ startFrom: { avatarId, version }, hyperparameters: small });
  const child = await publishNext(api, { userId: "ada", avatarId });
  expect(await ada.adapter.lineage({ avatarId, version: child })).toMatchObject({
    ancestors: [{ version, of: child, how: "warm-start" }],
  });
  const holders = await ada.trainingData.versionsWith({ avatarId, name: "chats.jsonl" });
  expect(holders.versions.map((held) => held.version)).toEqual([child, version]);
});

test("it may be a version of another avatar of the user, and never of another user", async () => {
  const mia = await trained("mia");
  const { avatarId } = await trained("zoe");
  const started = await ada.train.start({ avatarId, startFrom: { avatarId: "mia" } });
  expect(started.config.startFrom).toEqual(mia);
  const bob = api.as((await api.makeKey("bob")).key);
  await ada.train.cancel({ avatarId, runId: started.id });
  await bob.adapter.create({ avatarId });
  await expect(bob.train.start({ avatarId, startFrom: mia })).rejects.toMatchObject({
    cause: { code: "adapter_not_found" },
  });
  await expect(bob.train.start({ avatarId, startFrom: mia.version })).rejects.toMatchObject({
    cause: { code: "version_not_found" },
  });
});

test.each([
  ["rank", 8, "rank 8", "has 4"],
  ["alpha", 32, "alpha 32", "has 6"],
  ["rankStabilized", false, "rankStabilized false", "has true"],
  ["dora", false, "dora false", "has true"],
  ["targetModules", ["q_proj"], "targetModules q_proj", "has q_proj,v_proj"],
])("another %s is refused before anything is queued, with both values", async (name, value, asked, given) => {
  const { avatarId } = await trained(`refuses-${name}`);
  const options = { avatarId, startFrom: "current", hyperparameters: { [name]: value } };
  const refusal = { code: "bad_option", message: expect.stringMatching(`${asked}.*${given}`) };
  await expect(ada.train.start(options)).rejects.toMatchObject({ cause: refusal });
  expect((await ada.train.preview(options)).allowedToStart).toMatchObject({
    allowed: false,
    code: "bad_option",
  });
  expect((await ada.train.list({ avatarId })).runs).toHaveLength(1);
});

test("the same form may be asked for", async () => {
  const { avatarId } = await trained("agrees");
  const hyperparameters = { ...small, targetModules: ["v_proj", "q_proj"] };
  const run = await ada.train.start({ avatarId, startFrom: "current", hyperparameters });
  expect(run.config.hyperparameters).toMatchObject(hyperparameters);
  await ada.train.cancel({ avatarId, runId: run.id });
});

test("a whole model goes on as one at its own rate, and never as an adapter, nor an adapter as a model", async () => {
  const { avatarId } = await trained("whole");
  const scope = { userId: "ada", avatarId };
  const asAdapter = { avatarId, startFrom: "current", hyperparameters: { fullFineTuning: true } };
  const refusal = (message: RegExp) => ({
    cause: { code: "bad_option", message: expect.stringMatching(message) },
  });
  await expect(ada.train.start(asAdapter)).rejects.toMatchObject(refusal(/fullFineTuning true.*an adapter/));
  await ada.train.start({ avatarId, hyperparameters: { fullFineTuning: true } });
  const version = await publishNext(api, scope);
  const run = await ada.train.start({ avatarId, startFrom: version });
  expect(run.config.hyperparameters).toMatchObject({ fullFineTuning: true, learningRate: 2e-5 });
  await ada.train.cancel({ avatarId, runId: run.id });
  const asModel = { avatarId, startFrom: version, hyperparameters: { fullFineTuning: false } };
  await expect(ada.train.start(asModel)).rejects.toMatchObject(
    refusal(/fullFineTuning false.*a whole model/),
  );
  const ranked = { avatarId, startFrom: version, hyperparameters: { rank: 4 } };
  await expect(ada.train.start(ranked)).rejects.toMatchObject(refusal(/which alone has rank/));
  const { versions } = await ada.adapter.versions({ avatarId });
  expect(versions.map(({ kind }) => kind)).toEqual(["model", "adapter"]);
  expect((await ada.adapter.info({ avatarId })).current).toMatchObject({ kind: "model", bytes: 11 });
});

test("a version of another base model is refused", async () => {
  const { avatarId, version } = await trained("rebased");
  await api.store.pool.query("update versions set base_model = 'other' where id = $1", [version]);
  await expect(ada.train.start({ avatarId, startFrom: version })).rejects.toMatchObject({
    cause: { code: "base_model_mismatch", message: expect.stringMatching(/'other'.*'tiny'/) },
  });
});

test("an adapter without a version has nothing to start from", async () => {
  await ada.adapter.create({ avatarId: "new" });
  await storeFile(api.store, { userId: "ada", avatarId: "new" }, { name: "chats.jsonl", body: trainingRow });
  await expect(ada.train.start({ avatarId: "new", startFrom: "current" })).rejects.toMatchObject({
    cause: { code: "no_current_version" },
  });
});

test("a version whose config is no adapter's is corrupt", async () => {
  const { avatarId, version } = await trained("damaged");
  const key = adapterKeys({ userId: "ada", avatarId }).versionFile(version, "adapter_config.json");
  await putObject(api.store.objects, { key, body: '{"r": "many"}' });
  await expect(ada.train.start({ avatarId, startFrom: "current" })).rejects.toMatchObject({
    cause: { code: "corrupt_adapter" },
  });
});
