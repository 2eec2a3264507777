import { sha256Of } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import { populate, publishNext } from "../testing/populate.ts";

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const train = async (avatarId: string, publish: "current" | "candidate" = "current") => {
  await caller.train.start({ avatarId, publish });
  return publishNext(api, { userId: "ada", avatarId });
};

test("the current version's files can be downloaded, and so can a named one's", async () => {
  const scope = { userId: "ada", avatarId: "downloads" };
  const { versionId, runId } = await populate(api, scope);
  const download = await caller.adapter.download({ avatarId: scope.avatarId });
  expect(download.version).toBe(versionId);
  expect(download.expiresAt.getTime()).toBeGreaterThan(Date.now());
  const bodies = await Promise.all(download.files.map(async ({ url }) => (await fetch(url)).text()));
  expect(bodies.map((body) => sha256Of(body))).toEqual(download.files.map(({ sha256 }) => sha256));
  expect(await caller.adapter.download({ avatarId: scope.avatarId, version: versionId })).toMatchObject({
    version: versionId,
  });
  await caller.train.cancel({ avatarId: scope.avatarId, runId });
});

test("a candidate waits until it is promoted; rollback leads back and forth", async () => {
  const scope = { userId: "ada", avatarId: "rollbacks" };
  const { versionId: first, runId } = await populate(api, scope);
  const on = { avatarId: scope.avatarId };
  await caller.train.cancel({ ...on, runId });
  const candidate = await train(scope.avatarId, "candidate");
  expect((await caller.adapter.get(on)).currentVersion).toBe(first);
  expect((await caller.adapter.rollback({ ...on, version: candidate })).currentVersion).toBe(candidate);
  expect((await caller.adapter.rollback(on)).currentVersion).toBe(first);
  const { versions } = await caller.adapter.versions(on);
  expect(versions.map(({ id, state }) => [id, state])).toEqual([
    [candidate, "previous"],
    [first, "current"],
  ]);
});

test("deleted and made again, an adapter begins anew and keeps its training data", async () => {
  const scope = { userId: "ada", avatarId: "lives" };
  const { versionId: old, runId } = await populate(api, scope);
  const on = { avatarId: scope.avatarId };
  expect(await caller.adapter.delete(on)).toEqual({ generation: 2 });
  expect((await caller.train.get({ ...on, runId })).status).toBe("cancelled");
  const again = await caller.adapter.create(on);
  expect(again).toMatchObject({ generation: 2, currentVersion: null });
  expect((await caller.adapter.versions(on)).versions).toEqual([]);
  const fresh = await train(scope.avatarId);
  expect((await caller.adapter.get(on)).currentVersion).toBe(fresh);
  const back = await outcomeOf(() => caller.adapter.rollback({ ...on, version: old }));
  expect(back).toMatchObject({ code: "version_not_found" });
  expect(await outcomeOf(() => caller.adapter.rollback(on))).toMatchObject({ code: "no_previous_version" });
});

test("adapters are listed page by page, one user's only", async () => {
  const bob = api.as((await api.makeKey("bob")).key);
  for (const avatarId of ["a", "b", "c"]) await bob.adapter.create({ avatarId });
  const first = await bob.adapter.list({ limit: 2 });
  expect(first.adapters.map(({ avatarId }) => avatarId)).toEqual(["a", "b"]);
  const second = await bob.adapter.list({ limit: 2, cursor: first.nextCursor ?? "" });
  expect(second.adapters.map(({ avatarId }) => avatarId)).toEqual(["c"]);
  expect(second.nextCursor).toBeNull();
});
