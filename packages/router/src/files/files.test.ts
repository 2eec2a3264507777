import { fileKey } from "@loraloom/store/keys";
import { putObject } from "@loraloom/store/objects";
import { storeFile } from "@loraloom/store/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApi, outcomeOf, type TestApi, type TestCaller } from "../testing/open-test-api.ts";

let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  caller = api.as((await api.makeKey("ada")).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const user = { userId: "ada", avatarId: null };
const avatar = { userId: "ada", avatarId: "mia" };

test("a user has folders beside his avatars, whose files have neither flag nor report", async () => {
  await storeFile(api.store, user, {
    kind: "image",
    name: "face.png",
    body: "png",
    contentType: "image/png",
  });
  const on = { folder: "image" };
  const file = {
    name: "face.png",
    kind: "image",
    useForTraining: null,
    type: "image/png",
    state: "ready",
    report: null,
  };
  expect(await caller.files.get({ ...on, name: "face.png" })).toMatchObject(file);
  expect((await caller.files.list(on)).files).toMatchObject([file]);
  expect(await caller.files.summary({})).toMatchObject({
    folders: [{ folder: "image", files: 1, bytes: 3, used: null, rows: 0, states: { ready: 1 } }],
  });
  expect((await caller.files.list({ ...on, avatarId: "mia", folder: "media/audio" })).files).toEqual([]);
});

test("a download reads the bytes under the file's name", async () => {
  await storeFile(api.store, avatar, { kind: "media/original/text", name: "ü book.txt", body: "once" });
  const on = { avatarId: "mia", folder: "media/original/text" };
  const { files } = await caller.files.download({ ...on, names: ["ü book.txt"] });
  const answer = await fetch(files[0]?.url ?? "");
  expect(await answer.text()).toBe("once");
  expect(answer.headers.get("content-disposition")).toContain("%C3%BC%20book.txt");
  expect((await caller.files.download({ ...on, prefix: "ü" })).files).toMatchObject([{ size: 4 }]);
  const both = () => caller.files.download({ ...on, names: ["ü book.txt"], prefix: "ü" });
  expect(await outcomeOf(both)).toMatchObject({ code: "bad_input" });
});

test("more names than URLs are signed at once are refused with how many there may be", async () => {
  const names = Array.from({ length: 201 }, (_, index) => `${index}.png`);
  const outcome = await outcomeOf(() => caller.files.download({ folder: "image", names }));
  expect(outcome).toMatchObject({
    code: "bad_input",
    message: expect.stringMatching(/^names: 201 are too many, one call signs 200 URLs at most: ask for/),
  });
});

test("documents for retrieval have flags, set one by one or many at once", async () => {
  const on = { avatarId: "docs", folder: "vectorstore_data" };
  for (const name of ["a.md", "b.md"]) {
    await storeFile(api.store, { userId: "ada", avatarId: "docs" }, { kind: "vectorstore_data", name });
  }
  const off = { name: "a.md", useForTraining: false };
  expect(await caller.files.setFlag({ ...on, ...off })).toMatchObject(off);
  const flags = [off, { name: "b.md", useForTraining: false }];
  expect(await caller.files.setFlags({ ...on, flags })).toEqual({ changed: 1, names: ["b.md"] });
  expect(await caller.files.deleteUnflagged({ ...on, dryRun: true })).toMatchObject({ count: 2 });
  expect(await caller.files.deleteMany({ ...on, names: ["a.md"] })).toEqual({ deleted: 1 });
  expect((await caller.files.list(on)).files.map(({ name }) => name)).toEqual(["b.md"]);
});

test("objects that another tool put are found by a sync", async () => {
  const scope = { userId: "ada", avatarId: null };
  await putObject(api.store.objects, { key: fileKey(scope, "vectorstore", "a.md"), body: "text" });
  const nothing = { count: 0, first: [] };
  expect(await caller.files.sync({ folder: "vectorstore" })).toEqual({
    adopted: { count: 1, first: ["a.md"] },
    changed: nothing,
    missing: nothing,
    skipped: nothing,
    surplus: 0,
  });
});

test.each([
  { folder: "avatars" },
  { folder: "Bad" },
  { folder: "media/audio" },
  { folder: "training_data", avatarId: "mia" },
  { folder: "image", avatarId: "mia" },
])("%j is no folder here", async (on) => {
  expect(await outcomeOf(() => caller.files.list(on))).toMatchObject({ code: "bad_folder" });
});

test("a flag in a folder without flags is refused", async () => {
  const flag = { folder: "image", name: "face.png", useForTraining: true };
  expect(await outcomeOf(() => caller.files.setFlag(flag))).toMatchObject({ code: "bad_folder" });
});
