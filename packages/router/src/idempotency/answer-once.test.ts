import { storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createRouter } from "../create-router.ts";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { type Populated, populate, trainingRow } from "../testing/populate.ts";

let api: TestApi;
let service: TestCaller;
let mia: Populated;
beforeAll(async () => {
  api = await openTestApi();
  service = api.as((await api.makeKey()).key);
  mia = await populate(api, { userId: "ada", avatarId: "mia" });
});
afterAll(() => api[Symbol.asyncDispose]());

const sha256 = "0".repeat(64);
const upload = { name: "x.jsonl", size: 1, type: "application/jsonl", sha256 };
const sent = { uploadId: "unknown", parts: [{ number: 1, sha256 }] };
const flag = { name: "x.jsonl", useForTraining: true };

/** Of each mutation an input that it takes, whose call would come to something or not. */
const inputs: Record<string, object | "changes nothing"> = {
  "adapter.create": {},
  "adapter.delete": {},
  "adapter.rollback": {},
  "adapter.backup": {},
  "adapter.restore": { backupId: "unknown" },
  "adapter.deleteBackup": { backupId: "unknown" },
  "trainingData.createUpload": upload,
  "trainingData.presignParts": sent,
  "trainingData.completeUpload": { uploadId: "unknown" },
  "trainingData.abortUpload": { uploadId: "unknown" },
  "trainingData.setFlag": flag,
  "trainingData.setFlags": { flags: [flag] },
  "trainingData.sync": {},
  "trainingData.deleteUnflagged": {},
  "trainingData.delete": { name: "x.jsonl" },
  "trainingData.deleteMany": { names: ["x.jsonl"] },
  "trainingData.copyFrom": { folder: "vectorstore_data", name: "x.jsonl" },
  "trainingData.erase": { name: "x.jsonl" },
  "files.createUpload": { ...upload, folder: "media/audio" },
  "files.presignParts": { ...sent, folder: "media/audio" },
  "files.completeUpload": { uploadId: "unknown", folder: "media/audio" },
  "files.abortUpload": { uploadId: "unknown", folder: "media/audio" },
  "files.setFlag": { ...flag, folder: "vectorstore_data" },
  "files.setFlags": { flags: [flag], folder: "vectorstore_data" },
  "files.sync": { folder: "vectorstore_data" },
  "files.deleteUnflagged": { folder: "vectorstore_data" },
  "files.delete": { name: "x.jsonl", folder: "vectorstore_data" },
  "files.deleteMany": { names: ["x.jsonl"], folder: "vectorstore_data" },
  "train.start": {},
  "train.rerun": { runId: "unknown" },
  "train.update": { runId: "unknown" },
  "train.cancel": { runId: "unknown" },
  "train.delete": { runId: "unknown" },
  "admin.rebuild": {},
  "admin.drainWorker": { workerId: "unknown", drain: false },
  "admin.probe": {},
  "admin.limits.set": { limits: {} },
  "admin.eraseUser": { userId: "ada", dryRun: true },
  "admin.rewrapSecrets": {},
  "avatars.erase": { dryRun: true },
  "secrets.set": { name: "hf-token", value: "hf_12345678" },
  "secrets.delete": { name: "hf-token" },
  "admin.sweep": {},
  "keys.create": { kind: "service", name: "never made" },
  "keys.revoke": { id: "unknown" },
  "keys.rotate": { id: "unknown" },
  "shares.set": { with: "bob", role: "member" },
  "shares.remove": { with: "bob" },
  "webhooks.create": { url: "https://example.com/" },
  "webhooks.update": { webhookId: "unknown" },
  "webhooks.delete": { webhookId: "unknown" },
  "webhooks.redeliver": { deliveryId: "unknown" },
  "webhooks.test": { webhookId: "unknown" },
  chat: "changes nothing",
};

const typeOf = (procedure: unknown): unknown => Reflect.get(Reflect.get(Object(procedure), "_def"), "type");
const mutations = Object.entries(createRouter()._def.procedures)
  .filter(([, procedure]) => typeOf(procedure) === "mutation")
  .map(([path]) => path);

const callAt = (caller: TestCaller, path: string, input: object): Promise<unknown> => {
  const procedure = path.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), caller);
  if (typeof procedure !== "function") throw new Error(`There is no ${path}`);
  return procedure(input);
};

test("the walk knows every mutation of the router", () => {
  expect(Object.keys(inputs).sort()).toEqual(mutations.sort());
});

const repeatable = Object.entries(inputs).filter(([, input]) => input !== "changes nothing");

test.each(repeatable)("%s refuses the idempotency key of another call", async (path, input) => {
  const isOfService = path.startsWith("keys.") || path.startsWith("admin.");
  const isOfUser = path.startsWith("secrets.") || path.startsWith("webhooks.");
  const scope = isOfService ? {} : { userId: "ada", ...(!isOfUser && { avatarId: "mia" }) };
  const key = { idempotencyKey: `used before ${path}` };
  if (isOfService) await service.keys.create({ kind: "service", name: "other", ...key });
  else await service.trainingData.setFlag({ ...on(), ...flag, name: "chats.jsonl", ...key });
  const call = () => callAt(service, path, { ...scope, ...Object(input), ...key });
  expect(await outcomeOf(call)).toMatchObject({ code: "idempotency_conflict" });
});

const on = () => ({ userId: mia.userId, avatarId: mia.avatarId });
const backupsOf = async () => (await service.adapter.backups(on())).backups.length;

test("a call that comes again is done once and answered as the first time, dates and all", async () => {
  const before = await backupsOf();
  const call = { ...on(), idempotencyKey: "once" };
  const first = await service.adapter.backup(call);
  expect(first.createdAt).toBeInstanceOf(Date);
  expect(await service.adapter.backup({ idempotencyKey: "once", avatarId: "mia", userId: "ada" })).toEqual(
    first,
  );
  expect(await backupsOf()).toBe(before + 1);
});

test("twins at once are one call", async () => {
  const before = await backupsOf();
  const call = () => service.adapter.backup({ ...on(), idempotencyKey: "twins" });
  const answers = await Promise.all(Array.from({ length: 8 }, call));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(await backupsOf()).toBe(before + 1);
});

test("eight starts at once with one key are one run", async () => {
  const call = () => service.train.start({ ...on(), name: "once", idempotencyKey: "starts" });
  const runs = await Promise.all(Array.from({ length: 8 }, call));
  expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
  const { runs: listed } = await service.train.list(on());
  expect(listed.filter(({ name }) => name === "once")).toHaveLength(1);
});

test("a key stands for one body, and belongs to who calls", async () => {
  const bobs = { userId: "bob", avatarId: "mia" };
  await service.adapter.create(bobs);
  await storeFile(api.store, bobs, { name: "chats.jsonl", body: trainingRow });
  const [ada, bob] = [api.as((await api.makeKey("ada")).key), api.as((await api.makeKey("bob")).key)];
  const call = { avatarId: "mia", name: "chats.jsonl", idempotencyKey: "own" };
  await ada.trainingData.setFlag({ ...call, useForTraining: true });
  expect(await outcomeOf(() => ada.trainingData.setFlag({ ...call, useForTraining: false }))).toMatchObject({
    code: "idempotency_conflict",
    message: "Idempotency key 'own' was used for another request.",
  });
  expect(await bob.trainingData.setFlag({ ...call, useForTraining: false })).toMatchObject({
    useForTraining: false,
  });
});

test("a call that was refused leaves its key free", async () => {
  const call = () => service.adapter.create({ userId: "ada", avatarId: "later", idempotencyKey: "free" });
  const { pool } = api.store;
  await service.adapter.create({ userId: "ada", avatarId: "later" });
  expect(await outcomeOf(call)).toMatchObject({ code: "adapter_exists" });
  await service.adapter.delete({ userId: "ada", avatarId: "later" });
  expect(await call()).toMatchObject({ avatarId: "later" });
  expect((await pool.query("select state from idempotency_keys where key = 'free'")).rows).toEqual([
    { state: "answered" },
  ]);
});

test("a key that was made is not kept in clear: who asks again learns which it was", async () => {
  const call = () => service.keys.create({ kind: "service", name: "shown once", idempotencyKey: "secret" });
  const made = await call();
  const again = await outcomeOf(call);
  expect(again).toMatchObject({ code: "answer_not_kept", message: expect.stringContaining(made.id) });
  const { rows } = await api.store.pool.query("select * from idempotency_keys where key = 'secret'");
  expect(JSON.stringify(rows)).not.toContain(made.key);
});

test("the repeat of a rotation does not have the key ended that is in use", async () => {
  const { id } = await service.keys.create({ kind: "service", name: "in use" });
  const call = () => service.keys.rotate({ id, idempotencyKey: "rotated" });
  const { key } = await call();
  const again = await outcomeOf(call);
  expect(again).toMatchObject({ code: "rotation_not_kept", message: expect.stringContaining(id) });
  expect(await outcomeOf(() => api.as(key).health())).toMatchObject({ code: "answered" });
});

test("a call whose answer is kept no longer is not done again, and its repeat says what it made", async () => {
  const call = () => service.adapter.backup({ ...on(), idempotencyKey: "without answer" });
  const { id } = await call();
  const before = await backupsOf();
  // As the version before wrote its starts, and as an erasure leaves what named somebody.
  await api.store.pool.query("update idempotency_keys set answer = null where key = 'without answer'");
  expect(await outcomeOf(call)).toMatchObject({
    code: "answer_not_kept",
    message: expect.stringContaining(`'${id}'`),
  });
  expect(await backupsOf()).toBe(before);
});

test("a key for one user is not answered with that of another", async () => {
  const make = (userId: string) =>
    service.keys.create({ kind: "user", userId, name: "laptop", idempotencyKey: "whose" });
  await make("ada");
  expect(await outcomeOf(() => make("bob"))).toMatchObject({ code: "idempotency_conflict" });
});

test("links are signed anew and kept nowhere", async () => {
  const call = () => service.trainingData.createUpload({ ...on(), ...upload, idempotencyKey: "links" });
  for (let count = 0; count < 2; count += 1) expect(await call()).toMatchObject({ method: "put" });
  const { rows } = await api.store.pool.query("select answer from idempotency_keys where key = 'links'");
  expect(rows).toEqual([{ answer: null }]);
});

/** As a host leaves a call that is killed in its middle. */
const crash = (key: string) =>
  api.store.pool.query(
    "update idempotency_keys set state = 'working', answer = null, working_until = now() where key = $1",
    [key],
  );

test("a call whose process was killed in its middle is not done twice, and its repeat says so", async () => {
  const call = () => service.adapter.backup({ ...on(), idempotencyKey: "killed" });
  await call();
  const before = await backupsOf();
  await api.store.pool.query("update idempotency_keys set made = null where key = 'killed'");
  await crash("killed");
  expect(await outcomeOf(call)).toMatchObject({ code: "outcome_unknown" });
  expect(await backupsOf()).toBe(before);
});

test("a start whose process was killed after it finds its run again", async () => {
  const call = () => service.train.start({ ...on(), name: "killed", idempotencyKey: "killed start" });
  const { id } = await call();
  await crash("killed start");
  expect((await call()).id).toBe(id);
});

test("a start that was killed before it was noted is noted by its repeat, and only once", async () => {
  const call = () => service.train.start({ ...on(), name: "unnoted", idempotencyKey: "unnoted start" });
  const { id } = await call();
  const noted = async () =>
    (await api.store.pool.query("select user_id, avatar_id from audit_log where subject = $1", [id])).rows;
  const entries = await noted();
  await api.store.pool.query("delete from audit_log where subject = $1", [id]);
  for (let count = 0; count < 2; count += 1) {
    await crash("unnoted start");
    await call();
    expect(await noted()).toEqual(entries);
  }
  expect(entries).toEqual([{ user_id: "ada", avatar_id: "mia" }]);
});

test("what changes nothing the second time is simply done again", async () => {
  const call = () =>
    service.trainingData.setFlag({ ...on(), ...flag, name: "chats.jsonl", idempotencyKey: "killed flag" });
  await call();
  await crash("killed flag");
  expect(await call()).toMatchObject({ useForTraining: true });
});

test("a twin waits for a call that still goes on", async () => {
  const call = () => service.adapter.backup({ ...on(), idempotencyKey: "long" });
  await call();
  const set = (changes: string) =>
    api.store.pool.query(`update idempotency_keys set ${changes} where key = 'long'`);
  await set("state = 'working', working_until = now() + interval '1 hour'");
  const twin = call();
  await outcomeOf(() => service.adapter.backups(on()));
  await set(`state = 'answered', answer = jsonb_set(answer, '{json,id}', '"told by the first"')`);
  expect(await twin).toMatchObject({ id: "told by the first" });
});

test("a key is forgotten after a day", async () => {
  const call = () => service.adapter.backup({ ...on(), idempotencyKey: "old" });
  const first = await call();
  await api.store.pool.query(
    "update idempotency_keys set created_at = now() - interval '25 hours', working_until = now() - interval '1 hour' where key = 'old'",
  );
  await vi.waitFor(async () => expect((await call()).id).not.toBe(first.id), 100_000);
});
