import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackup } from "../backups/index.ts";
import { deleteFiles } from "../files/index.ts";
import { openTestStore, storeFile, type TestStore } from "../testing/index.ts";
import { prepareAvatar, trainVersion } from "../testing/scenario.ts";
import { createUpload } from "../uploads/index.ts";
import { readAllUsage, setLimits } from "./index.ts";

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const begin = (userId: string, name: string, size: number, avatarId = "one") =>
  createUpload(
    store,
    { userId, avatarId },
    {
      ...{ kind: "training_data", name, size },
      ...{ contentType: "application/jsonl", sha256: "0".repeat(64) },
    },
  );
const bytesOf = async (userId: string) => (await readAllUsage(store, userId)).storageBytes;

test("many uploads at once never exceed the limit, over all avatars of the user", async () => {
  await setLimits(store, "ada", { storageBytes: 1_000 });
  const begun = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => begin("ada", `${index}.jsonl`, 150, `avatar-${index % 3}`)),
  );
  expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(6);
  expect(await bytesOf("ada")).toBe(900);
  await expect(begin("ada", "last.jsonl", 101)).rejects.toMatchObject({
    code: "limit_reached",
    details: { limit: "storageBytes", value: 1_000, used: 900, asked: 101, resetsAt: null },
  });
  await begin("ada", "last.jsonl", 100);
  await expect(begin("bob", "free.jsonl", 5_000)).resolves.toBeDefined();
});

test("a file that is replaced counts the difference, and what expired or was deleted nothing", async () => {
  const scope = { userId: "eve", avatarId: "one" };
  await storeFile(store, scope, { name: "a.jsonl", body: "x".repeat(600) });
  await setLimits(store, "eve", { storageBytes: 1_000 });
  await begin("eve", "a.jsonl", 1_000);
  // Whichever of the two comes first, the name has 1,000 bytes at the most.
  await begin("eve", "a.jsonl", 900);
  expect(await bytesOf("eve")).toBe(1_000);
  await expect(begin("eve", "b.jsonl", 1)).rejects.toMatchObject({ details: { used: 1_000, asked: 1 } });
  await store.pool.query("update uploads set expires_at = now() where user_id = 'eve' and state = 'open'");
  expect(await bytesOf("eve")).toBe(600);
  await begin("eve", "b.jsonl", 400);
  await deleteFiles(store, { ...scope, kind: "training_data" }, ["a.jsonl"]);
  await begin("eve", "c.jsonl", 600);
});

test("below what is there a limit lets a file be replaced by a smaller one only", async () => {
  await storeFile(store, { userId: "kim", avatarId: "one" }, { name: "a.jsonl", body: "x".repeat(600) });
  await setLimits(store, "kim", { storageBytes: 100 });
  await expect(begin("kim", "a.jsonl", 601)).rejects.toMatchObject({ details: { used: 600, asked: 1 } });
  await begin("kim", "a.jsonl", 500);
});

test("backups count, and one that there is no room for is not made", async () => {
  const scope = await prepareAvatar(store, { userId: "bea" });
  await trainVersion(store, scope);
  const before = await bytesOf("bea");
  const { bytes } = await createBackup(store, scope);
  expect(await bytesOf("bea")).toBe(before + bytes);
  await setLimits(store, "bea", { storageBytes: before + bytes });
  await expect(createBackup(store, scope)).rejects.toMatchObject({ code: "limit_reached" });
  expect(await bytesOf("bea")).toBe(before + bytes);
});
