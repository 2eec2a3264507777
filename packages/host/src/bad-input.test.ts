/** What people do wrong, through the real host, each with its code, the value and the remedy. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { type RunningHost, startConnectedHost } from "./testing/start-test-host.ts";
import { signUpload, trainingRow, uploadFile } from "./testing/upload-file.ts";

let running: RunningHost;
beforeAll(async () => {
  running = await startConnectedHost();
});
afterAll(() => running[Symbol.asyncDispose]());

const ada = (avatarId: string) => ({ userId: "ada", avatarId });

test.each(["", "..", "a/b", "a\u0000b", "a".repeat(300), "../../etc", "é"])(
  "a bad user or avatar id is named: %j",
  async (id) => {
    const user = await refusalOf(running.api.adapter.list.query({ userId: id }));
    expect(user).toMatchObject({ code: "bad_user_id", remedy: expect.stringContaining("128 characters") });
    expect(user.message).toContain(JSON.stringify(id).slice(0, 20));
    const avatar = await refusalOf(running.api.adapter.get.query(ada(id)));
    expect(avatar).toMatchObject({ code: "bad_avatar_id" });
  },
);

test.each(["", "../secret", "a/b.jsonl", "a\\b", ".hidden", "a\nb", "n".repeat(300), "é".repeat(150)])(
  "a bad file name is named: %j",
  async (name) => {
    const refusal = await refusalOf(signUpload(running.api, { ...ada("names"), name, body: trainingRow }));
    expect(refusal).toMatchObject({ code: "bad_file_name", remedy: expect.stringContaining("255 bytes") });
    expect(refusal.message).toContain(JSON.stringify(name).slice(0, 20));
  },
);

test("__proto__ is a name like any other, of a user, an avatar and a file", async () => {
  const scope = { userId: "__proto__", avatarId: "__proto__" };
  const file = await uploadFile(running.api, { ...scope, name: "__proto__", body: trainingRow });
  expect(file).toMatchObject({ name: "__proto__", useForTraining: true, report: { usableRows: 1 } });
  const off = await running.api.trainingData.setFlag.mutate({
    ...scope,
    name: "__proto__",
    useForTraining: false,
  });
  expect(off.useForTraining).toBe(false);
  const { files } = await running.api.trainingData.list.query({ ...scope, filter: "unused" });
  expect(files.map(({ name }) => name)).toEqual(["__proto__"]);
});

test("bytes, a type or a hash other than signed are refused by the store", async () => {
  const put = async (body: string, change: Record<string, string> = {}) => {
    const { url, headers } = await signUpload(running.api, { ...ada("puts"), name: "x", body: trainingRow });
    return (await fetch(url, { method: "PUT", headers: { ...headers, ...change }, body })).status;
  };
  expect(await put(trainingRow)).toBe(200);
  expect(await put(`${trainingRow}${trainingRow}`)).toBeGreaterThanOrEqual(400);
  expect(await put(trainingRow.replace("Mia", "Eve"))).toBeGreaterThanOrEqual(400);
  expect(await put(trainingRow, { "content-type": "text/plain" })).toBeGreaterThanOrEqual(400);
  expect(
    await put(trainingRow, { "x-amz-checksum-sha256": "A".repeat(43).concat("=") }),
  ).toBeGreaterThanOrEqual(400);
});

test("a file that is too large and an ill-formed hash are refused before anything is sent", async () => {
  const upload = { ...ada("sizes"), name: "big", type: "application/jsonl" };
  const sign = running.api.trainingData.createUpload;
  const tooLarge = sign.mutate({ ...upload, size: 512 * 1024 * 1024 + 1 });
  expect(await refusalOf(tooLarge)).toMatchObject({ code: "too_large" });
  const badHash = await refusalOf(sign.mutate({ ...upload, size: 1, sha256: "xyz" }));
  expect(badHash).toMatchObject({ code: "bad_input", message: expect.stringContaining('sha256 = "xyz"') });
});

test("an upload never sent can't be completed; one completed twice gives the same file", async () => {
  const scope = ada("completions");
  const { uploadId, url, headers } = await signUpload(running.api, {
    ...scope,
    name: "chats.jsonl",
    body: trainingRow,
  });
  const complete = () => running.api.trainingData.completeUpload.mutate({ ...scope, uploadId });
  expect(await refusalOf(complete())).toMatchObject({
    code: "upload_not_received",
    message: expect.stringContaining(uploadId),
  });
  await fetch(url, { method: "PUT", headers, body: trainingRow });
  const file = await complete();
  expect(await complete()).toEqual(file);
  const unknown = running.api.trainingData.completeUpload.mutate({ ...scope, uploadId: "unknown" });
  expect(await refusalOf(unknown)).toMatchObject({
    code: "upload_not_found",
    message: expect.stringContaining("unknown"),
  });
});

test("an upload that expired can't be completed and leaves nothing to see", async () => {
  const scope = ada("expiries");
  const { uploadId, url, headers } = await signUpload(running.api, {
    ...scope,
    name: "late.jsonl",
    body: trainingRow,
  });
  await fetch(url, { method: "PUT", headers, body: trainingRow });
  await running.store.pool.query(
    "update uploads set expires_at = now() - interval '1 second' where id = $1",
    [uploadId],
  );
  const complete = running.api.trainingData.completeUpload.mutate({ ...scope, uploadId });
  expect(await refusalOf(complete)).toMatchObject({ code: "upload_expired" });
  expect((await running.api.trainingData.list.query(scope)).files).toEqual([]);
});

test("a malformed line is reported with its number and refused by a start, unless it is skipped", async () => {
  const scope = ada("faults");
  await running.api.adapter.create.mutate(scope);
  const body = `${trainingRow}{"messages": [\n${trainingRow}`;
  const file = await uploadFile(running.api, { ...scope, name: "chats.jsonl", body });
  expect(file.report).toMatchObject({ usableRows: 2, faultCount: 1, faults: [{ line: 2 }] });
  const refusal = await refusalOf(running.api.train.start.mutate(scope));
  expect(refusal).toMatchObject({
    code: "invalid_training_file",
    message: expect.stringMatching(/chats\.jsonl.*line 2/),
    details: { faults: [{ name: "chats.jsonl", line: 2 }] },
  });
  const run = await running.api.train.start.mutate({ ...scope, skipInvalidRows: true });
  expect(run).toMatchObject({ status: "queued", config: { skipInvalidRows: true } });
});

test("without a usable row no run starts", async () => {
  const scope = ada("empties");
  await running.api.adapter.create.mutate(scope);
  const start = () => refusalOf(running.api.train.start.mutate(scope));
  expect(await start()).toMatchObject({
    code: "no_usable_rows",
    message: expect.stringContaining("'empties'"),
  });
  await uploadFile(running.api, { ...scope, name: "a.jsonl", body: trainingRow, useForTraining: false });
  expect(await start()).toMatchObject({ code: "no_usable_rows" });
});

test("unknown runs, adapters, versions, files and keys are named", async () => {
  const scope = ada("unknowns");
  expect(await refusalOf(running.api.adapter.get.query(scope))).toMatchObject({
    code: "adapter_not_found",
    message: expect.stringContaining("unknowns"),
  });
  await running.api.adapter.create.mutate(scope);
  const { api } = running;
  const named = { message: expect.stringContaining("nothing") };
  expect(await refusalOf(api.train.get.query({ ...scope, runId: "nothing" }))).toMatchObject({
    ...named,
    code: "run_not_found",
  });
  expect(await refusalOf(api.adapter.download.query({ ...scope, version: "nothing" }))).toMatchObject({
    ...named,
    code: "version_not_found",
  });
  expect(await refusalOf(api.trainingData.delete.mutate({ ...scope, name: "nothing" }))).toMatchObject({
    ...named,
    code: "file_not_found",
  });
  expect(await refusalOf(api.keys.revoke.mutate({ id: "nothing" }))).toMatchObject({
    ...named,
    code: "key_not_found",
  });
  expect(await refusalOf(api.adapter.download.query(scope))).toMatchObject({ code: "no_current_version" });
  expect(await refusalOf(api.adapter.create.mutate(scope))).toMatchObject({ code: "adapter_exists" });
});

test("an id or name that no database keeps is refused with its value", async () => {
  const scope = ada("nul");
  const { adapter, train, trainingData, keys } = running.api;
  const calls = {
    runId: train.get.query({ ...scope, runId: "a\0" }),
    version: adapter.download.query({ ...scope, version: "a\0" }),
    uploadId: trainingData.completeUpload.mutate({ ...scope, uploadId: "a\0" }),
    cursor: train.list.query({ ...scope, cursor: "a\0" }),
    prefix: trainingData.list.query({ ...scope, prefix: "a\0" }),
    id: keys.revoke.mutate({ id: "a\0" }),
    name: keys.create.mutate({ kind: "service", name: "a\0" }),
    idempotencyKey: train.start.mutate({ ...scope, idempotencyKey: "a\ud800" }),
  };
  const refusals = Object.entries(calls).map(async ([field, call]) => ({
    field,
    refusal: await refusalOf(call),
  }));
  for (const { field, refusal } of await Promise.all(refusals)) {
    expect(refusal).toMatchObject({
      code: "bad_input",
      message: expect.stringMatching(new RegExp(`^${field} = "a\\\\u.*Unicode`)),
    });
  }
});

test("a base model that is not allowed, and one that no worker serves, are told apart", async () => {
  const create = (baseModel: string) =>
    refusalOf(running.api.adapter.create.mutate({ ...ada("bases"), baseModel }));
  expect(await create("evil/model")).toMatchObject({
    code: "unknown_base_model",
    message: expect.stringMatching(/'evil\/model'.*tiny, other\/allowed/),
  });
  expect(await create("other/allowed")).toMatchObject({
    code: "model_not_loaded",
    retryable: true,
    message: expect.stringContaining("'other/allowed'"),
  });
});

test("every wrong field is named at once, an unknown one with the nearest that is known", async () => {
  const input = { ...ada("fields"), publish: "later", evaluation: "files", nmae: "x" };
  // @ts-expect-error: what a caller without our types sends
  const refusal = await refusalOf(running.api.train.start.mutate(input));
  expect(refusal.code).toBe("bad_input");
  expect(refusal.message).toContain('publish = "later"');
  expect(refusal.message).toContain("\"nmae\" is unknown (did you mean 'name'?)");
});

test("a bad hyperparameter is a bad option", async () => {
  const start = (hyperparameters: object) =>
    refusalOf(running.api.train.start.mutate({ ...ada("options"), hyperparameters }));
  expect(await start({ learning_rate: 1 })).toMatchObject({
    code: "bad_option",
    message: expect.stringContaining("did you mean 'learningRate'?"),
  });
  expect(await start({ rank: 0, epochs: 1.5, maxLength: 1 })).toMatchObject({
    code: "bad_option",
    message: expect.stringMatching(/\.rank = 0: .*\.epochs = 1\.5: .*\.maxLength = 1: /),
  });
});

test("a value of none of the forms is told which there are, one of a known form what is wrong in it", async () => {
  const start = (input: object) => refusalOf(running.api.train.start.mutate({ ...ada("forms"), ...input }));
  expect(await start({ hyperparameters: { targetModules: "all" } })).toMatchObject({
    code: "bad_option",
    message: expect.stringMatching(/targetModules = "all": must be "all-linear" or a list of names/),
  });
  expect(await start({ hyperparameters: { targetModules: ["q_proj", 1] } })).toMatchObject({
    code: "bad_option",
    message: expect.stringMatching(/^hyperparameters\.targetModules\.1 = 1: .*expected string/),
  });
  expect(await start({ evaluation: "x" })).toMatchObject({
    code: "bad_input",
    message: expect.stringMatching(
      /^evaluation = "x": must be "files", "none", or an object such as {"split"/,
    ),
  });
  expect(await start({ evaluation: { splt: 0.5 } })).toMatchObject({
    code: "bad_input",
    message: expect.stringMatching(
      /evaluation\.split is missing.*"splt" is unknown \(did you mean 'split'\?\)/,
    ),
  });
});

test("the same idempotency key gives the same run, and no other request", async () => {
  const scope = ada("keys");
  await running.api.adapter.create.mutate(scope);
  await uploadFile(running.api, { ...scope, name: "chats.jsonl", body: trainingRow });
  const start = (name: string) => running.api.train.start.mutate({ ...scope, name, idempotencyKey: "once" });
  const run = await start("first");
  expect((await start("first")).id).toBe(run.id);
  expect(await refusalOf(start("second"))).toMatchObject({
    code: "idempotency_conflict",
    message: expect.stringContaining("'once'"),
  });
  expect((await running.api.train.list.query(scope)).runs).toHaveLength(1);
});

test("a user key needs a user, a service key none, and no key begins expired", async () => {
  const { keys } = running.api;
  expect(await refusalOf(keys.create.mutate({ kind: "user", name: "x" }))).toMatchObject({
    code: "user_required",
  });
  expect(await refusalOf(keys.create.mutate({ kind: "user", userId: "..", name: "x" }))).toMatchObject({
    code: "bad_user_id",
  });
  const past = keys.create.mutate({ kind: "service", name: "x", expiresAt: new Date(0) });
  expect(await refusalOf(past)).toMatchObject({
    code: "bad_input",
    message: expect.stringMatching(/^expiresAt = .*1970.*future/),
  });
  const far = keys.create.mutate({ kind: "service", name: "x", expiresAt: new Date(8.64e15) });
  expect(await refusalOf(far)).toMatchObject({
    code: "bad_input",
    message: expect.stringMatching(/^expiresAt = .*275760.*before the year 3000/),
  });
  expect(await refusalOf(keys.create.mutate({ kind: "service", userId: "ada", name: "x" }))).toMatchObject({
    code: "bad_input",
  });
});
