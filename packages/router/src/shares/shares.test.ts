import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { usualLookAgainMilliseconds as lookAgainMilliseconds } from "../access/open-streams.ts";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { type Populated, populate } from "../testing/populate.ts";

let api: TestApi;
let ada: TestCaller;
let bob: TestCaller;
let there: Record<"mia" | "tom", Populated>;
const mia = { userId: "ada", avatarId: "mia" };
const tom = { userId: "ada", avatarId: "tom" };
beforeAll(async () => {
  api = await openTestApi();
  ada = api.as((await api.makeKey("ada")).key);
  bob = api.as((await api.makeKey("bob")).key);
  const first = await populate(api, mia);
  // The next run that is claimed is to be the other avatar's.
  await ada.train.cancel({ avatarId: "mia", runId: first.runId });
  there = { mia: first, tom: await populate(api, tom) };
});
afterAll(() => api[Symbol.asyncDispose]());

const share = (avatarId: string, role: "member" | "read-only") =>
  ada.shares.set({ avatarId, with: "bob", role });
const codeOf = async (call: () => Promise<unknown>) => (await outcomeOf(call)).code;

test("a member works with the avatar, and what belongs to its owner stays there", async () => {
  expect(await codeOf(() => bob.adapter.get(mia))).toBe("user_mismatch");
  expect(await share("mia", "member")).toMatchObject({ ownerId: "ada", avatarId: "mia", userId: "bob" });
  expect(await bob.shares.mine({})).toMatchObject({ shares: [{ ownerId: "ada", role: "member" }] });
  expect((await bob.train.start({ ...mia, name: "bob's" })).id).toBeDefined();
  await bob.trainingData.setFlag({ ...mia, name: there.mia.fileName, useForTraining: false });
  const owners = [
    () => bob.shares.set({ ...mia, with: "eve", role: "read-only" }),
    () => bob.shares.remove({ ...mia, with: "bob" }),
    () => bob.shares.list(mia),
    () => bob.adapter.delete(mia),
  ];
  for (const call of owners) expect(await codeOf(call)).toBe("role_required");
  expect(await codeOf(() => bob.adapter.list({ userId: "ada" }))).toBe("user_mismatch");
  expect(await codeOf(() => bob.files.list({ userId: "ada", folder: "image" }))).toBe("user_mismatch");
});

test("who reads only reads", async () => {
  await share("mia", "read-only");
  expect(await codeOf(() => bob.trainingData.list(mia))).toBe("answered");
  const changes = [
    () => bob.train.start(mia),
    () => bob.trainingData.sync(mia),
    () => bob.trainingData.createUpload({ ...mia, name: "x", size: 1, type: "a/b", sha256: "0".repeat(64) }),
  ];
  for (const call of changes) {
    expect(await outcomeOf(call)).toMatchObject({ code: "role_required", message: /'member'.*'read-only'/ });
  }
});

test("the audit log says who did it, and whose avatar it was", async () => {
  await share("mia", "member");
  await bob.trainingData.sync(mia);
  const { rows } = await api.store.pool.query(
    "select key_id is not null as key, caller_user_id, user_id, avatar_id from audit_log where action = $1",
    ["folder-synced"],
  );
  expect(rows).toEqual([{ key: true, caller_user_id: "bob", user_id: "ada", avatar_id: "mia" }]);
});

test("a share of one avatar opens no other one of its owner", async () => {
  await share("mia", "member");
  const calls = [
    () => bob.adapter.get(tom),
    () => bob.adapter.restore({ ...mia, backupId: there.tom.backupId, fromAvatarId: "tom" }),
    () => bob.train.start({ ...mia, startFrom: { avatarId: "tom" } }),
    () => bob.train.preview({ ...mia, startFrom: { avatarId: "tom" } }),
    () => bob.train.rerun({ ...mia, runId: there.mia.runId, startFrom: { avatarId: "tom" } }),
    () => bob.trainingData.copyFrom({ ...mia, folder: "vectorstore", name: "x" }),
  ];
  for (const call of calls) expect(await codeOf(call)).toBe("user_mismatch");
  // Both avatars learned from the same bytes.
  const holders = async (caller: TestCaller) =>
    (await caller.trainingData.versionsWith({ ...mia, name: "chats.jsonl" })).versions.map(
      ({ avatarId }) => avatarId,
    );
  expect(await holders(ada)).toEqual(["tom", "mia"]);
  expect(await holders(bob)).toEqual(["mia"]);
});

test("a watch ends when the share does, at the next look", async () => {
  await share("tom", "read-only");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const events = await bob.train.watch({ ...tom, runId: there.tom.runId });
    const ended = expect(Array.fromAsync(events)).rejects.toMatchObject({ code: "user_mismatch" });
    await vi.waitUntil(() => vi.getTimerCount() > 0, { timeout: 100_000 });
    await vi.advanceTimersByTimeAsync(lookAgainMilliseconds);
    await ada.shares.remove({ avatarId: "tom", with: "bob" });
    await vi.advanceTimersByTimeAsync(lookAgainMilliseconds);
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("what is no share is refused with its reason", async () => {
  expect(await codeOf(() => ada.shares.remove({ avatarId: "mia", with: "nobody" }))).toBe("share_not_found");
  expect(
    await outcomeOf(() => ada.shares.set({ avatarId: "mia", with: "ada", role: "member" })),
  ).toMatchObject({
    code: "share_refused",
    message: /'ada'.*own/,
  });
  expect(await codeOf(() => ada.shares.set({ avatarId: "mia", with: "../x", role: "member" }))).toBe(
    "bad_user_id",
  );
  const past = new Date(Date.now() - 1);
  const late = () => ada.shares.set({ avatarId: "mia", with: "bob", role: "member", expiresAt: past });
  expect(await outcomeOf(late)).toMatchObject({ code: "bad_input", message: /future/ });
});
