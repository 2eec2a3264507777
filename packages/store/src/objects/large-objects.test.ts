import { createHash, randomBytes } from "node:crypto";
import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test, vi } from "vitest";
import type { Store } from "../store.ts";
import { openTestStore } from "../testing/index.ts";
import { assemble } from "./assemble.ts";
import {
  abortMultipart,
  abortMultiparts,
  copyObject,
  deletePrefix,
  hashObject,
  headObject,
  listMultiparts,
  putObject,
  putStream,
  startMultipart,
} from "./index.ts";

const mebibyte = 1024 * 1024;
const block = randomBytes(mebibyte + 1);

/** So many blocks one after the other: their parts end within them. */
function* blocks(count: number): Generator<Uint8Array> {
  for (let sent = 0; sent < count; sent += 1) yield block;
}
async function* bodyOf(count: number): AsyncGenerator<Uint8Array> {
  yield* blocks(count);
}
const hashOf = (count: number): string => {
  const hash = createHash("sha256");
  for (const piece of blocks(count)) hash.update(piece);
  return hash.digest("hex");
};
const put = ({ objects }: Store, count: number) =>
  putStream(objects, { key: "large", size: count * block.length, body: bodyOf(count) });
const unfinished = ({ objects }: Store) => Array.fromAsync(listMultiparts(objects, ""), ({ key }) => key);

test("an object of more than 16 MiB goes in parts, each of which is sent again where it failed", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const kind of ["unavailable", "cut-body"] as const) {
    proxy.setFault({ kind, times: 2, matches: ({ path }) => path.includes("partNumber=2") });
    const { etag } = await put(store, 17);
    expect(proxy.hits()).toBe(2);
    proxy.setFault();
    expect(etag).toMatch(/-2$/);
    expect(await headObject(store.objects, "large")).toMatchObject({ etag, size: 17 * block.length });
    expect(await hashObject(store.objects, { key: "large" })).toBe(hashOf(17));
  }
});

test("parts whose completion was answered in vain are the object that they were to be", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  proxy.setFault({
    kind: "lose-answer",
    times: 1,
    matches: ({ method, path }) => method === "POST" && path.includes("uploadId="),
  });
  const { etag } = await put(store, 17);
  expect(proxy.hits()).toBe(1);
  expect(await headObject(store.objects, "large")).toMatchObject({ etag, size: 17 * block.length });
});

test("a body that fails, or has other bytes than announced, leaves neither an object nor parts", async () => {
  await using store = await openTestStore();
  const broken = new Error("broken");
  const failing = async function* () {
    yield* blocks(17);
    throw broken;
  };
  const large = { key: "large", size: 40 * block.length };
  await expect(putStream(store.objects, { ...large, body: failing() })).rejects.toBe(broken);
  for (const count of [39, 41])
    await expect(putStream(store.objects, { ...large, body: bodyOf(count) })).rejects.toThrow("announced");
  await expect(putStream(store.objects, { key: "large", size: 1, body: bodyOf(1) })).rejects.toThrow(
    "announced",
  );
  expect(await headObject(store.objects, "large")).toBeUndefined();
  expect(await unfinished(store)).toEqual([]);
});

test("an object of more than 64 MiB is copied part by part, with its type and metadata or others", async () => {
  await using store = await openTestStore();
  const { etag: ifMatch } = await put(store, 65);
  const size = 65 * block.length;
  const replace = { contentType: "text/plain", metadata: { version: "7" } };
  const first = { from: "large", to: "first", size, ifMatch };
  const copied = await copyObject(store.objects, { ...first, replace });
  expect(copied).toEqual({ etag: expect.stringMatching(/-2$/) });
  const { etag } = copied as { etag: string };
  await copyObject(store.objects, { from: "first", to: "second", size, ifMatch: etag });
  expect(await headObject(store.objects, "second")).toMatchObject({ size, ...replace });
  expect(await hashObject(store.objects, { key: "second" })).toBe(hashOf(65));
  expect(await copyObject(store.objects, { ...first, ifMatch: `${"0".repeat(32)}-9` })).toBe("conflict");
  expect(await copyObject(store.objects, { ...first, from: "gone" })).toBe("missing");
  expect(await unfinished(store)).toEqual([]);
});

test("parts that somebody has ended are no object, also where an older one is at their key", async () => {
  await using store = await openTestStore();
  await putObject(store.objects, { key: "large", body: "old" });
  const begun = { key: "large", contentType: "text/plain", metadata: {} };
  const ended = assemble(store.objects, begun, async (multipart) => {
    await abortMultipart(store.objects, multipart);
    return [{ number: 1, etag: "0".repeat(32), sha256Hex: "0".repeat(64) }];
  });
  await expect(ended).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("a copy whose parts somebody ends meanwhile has failed: its source is not gone", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const { etag: ifMatch } = await put(store, 65);
  proxy.setFault({ kind: "hold", times: 1, matches: ({ path }) => path.includes("partNumber=1") });
  const copy = copyObject(store.objects, { from: "large", to: "copy", size: 65 * block.length, ifMatch });
  const outcome = expect(copy).rejects.toMatchObject({
    code: "storage_unavailable",
    cause: { name: "NoSuchUpload" },
  });
  await vi.waitUntil(() => proxy.hits() === 1, { timeout: 100_000 });
  await abortMultiparts(store.objects, "copy");
  proxy.setFault();
  await outcome;
});

test("a copy that could not begin its parts says so", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const { etag: ifMatch } = await putObject(store.objects, { key: "source", body: "few bytes" });
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method === "POST" });
  await expect(
    copyObject(store.objects, { from: "source", to: "copy", size: 65 * block.length, ifMatch }),
  ).rejects.toMatchObject({
    code: "storage_unavailable",
    message: expect.stringContaining("begin 'copy' in parts"),
  });
});

test("what has come of an unfinished object goes with its prefix", async () => {
  await using store = await openTestStore();
  for (const key of ["a/one", "b/two"])
    await startMultipart(store.objects, { key, contentType: "text/plain", metadata: {} });
  expect(await deletePrefix(store.objects, "a/")).toBe(0);
  expect(await unfinished(store)).toEqual(["b/two"]);
});
