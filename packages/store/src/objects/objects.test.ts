import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { openTestStore, sha256Of } from "../testing/index.ts";
import {
  copyObject,
  deleteObject,
  deletePrefix,
  getObject,
  headObject,
  listObjects,
  presignGet,
  putObject,
  putObjectIf,
} from "./index.ts";

const textOf = async (object: { bytes(): Promise<Uint8Array> } | undefined) =>
  object && Buffer.from(await object.bytes()).toString();

test("an object comes back with its type, metadata and hash-independent ETag", async () => {
  await using store = await openTestStore();
  const { etag } = await putObject(store.objects, {
    key: "a/ü %+?.txt",
    body: "text",
    contentType: "text/plain",
    metadata: { version: "7" },
    sha256Hex: sha256Of("text"),
  });
  const object = await getObject(store.objects, { key: "a/ü %+?.txt" });
  expect(object).toMatchObject({ etag, size: 4, contentType: "text/plain", metadata: { version: "7" } });
  expect(await textOf(object)).toBe("text");
  expect(await headObject(store.objects, "a/ü %+?.txt")).toMatchObject({ etag, size: 4 });
});

test("what is not there is undefined, also under another ETag", async () => {
  await using store = await openTestStore();
  await putObject(store.objects, { key: "here", body: "x" });
  expect(await getObject(store.objects, { key: "nowhere" })).toBeUndefined();
  expect(await headObject(store.objects, "nowhere")).toBeUndefined();
  expect(
    await getObject(store.objects, { key: "here", ifMatch: "0123456789abcdef0123456789abcdef" }),
  ).toBeUndefined();
});

test("a body whose hash differs is refused", async () => {
  await using store = await openTestStore();
  const put = putObject(store.objects, { key: "k", body: "other", sha256Hex: sha256Of("text") });
  await expect(put).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await headObject(store.objects, "k")).toBeUndefined();
});

test("a conditional put is decided by the present ETag", async () => {
  await using store = await openTestStore();
  const first = await putObjectIf(store.objects, { key: "k", body: "1" }, { ifNoneMatch: "*" });
  expect(await putObjectIf(store.objects, { key: "k", body: "2" }, { ifNoneMatch: "*" })).toBe("conflict");
  if (first === "conflict") return expect.unreachable();
  expect(await putObjectIf(store.objects, { key: "k", body: "3" }, { ifMatch: first.etag })).toMatchObject(
    {},
  );
  expect(await putObjectIf(store.objects, { key: "k", body: "4" }, { ifMatch: first.etag })).toBe("conflict");
  expect(await putObjectIf(store.objects, { key: "missing", body: "5" }, { ifMatch: first.etag })).toBe(
    "conflict",
  );
  expect(await textOf(await getObject(store.objects, { key: "k" }))).toBe("3");
});

test("a conditional copy takes only the source it was meant for", async () => {
  await using store = await openTestStore();
  const { etag } = await putObject(store.objects, { key: "from é", body: "1" });
  const replace = { contentType: "application/json", metadata: { version: "v" } };
  expect(
    await copyObject(store.objects, { from: "from é", to: "to", size: 1, ifMatch: etag, replace }),
  ).toMatchObject({ etag });
  expect(await headObject(store.objects, "to")).toMatchObject({
    contentType: "application/json",
    metadata: { version: "v" },
  });
  await putObject(store.objects, { key: "from é", body: "2" });
  expect(await copyObject(store.objects, { from: "from é", to: "to", size: 1, ifMatch: etag })).toBe(
    "conflict",
  );
  expect(await copyObject(store.objects, { from: "gone", to: "to", size: 1, ifMatch: etag })).toBe("missing");
});

test("a conditional delete leaves a newer object", async () => {
  await using store = await openTestStore();
  const { etag } = await putObject(store.objects, { key: "k", body: "1" });
  await putObject(store.objects, { key: "k", body: "2" });
  expect(await deleteObject(store.objects, { key: "k", ifMatch: etag })).toBe("conflict");
  expect(await deleteObject(store.objects, { key: "k" })).toBe("deleted");
  expect(await deleteObject(store.objects, { key: "k" })).toBe("deleted");
  expect(await deleteObject(store.objects, { key: "k", ifMatch: etag })).toBe("deleted");
});

test("a prefix of more than a page is listed and deleted wholly", async () => {
  await using store = await openTestStore();
  const names = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(4, "0")}`);
  for (let start = 0; start < names.length; start += 50) {
    await Promise.all(
      names.slice(start, start + 50).map((key) => putObject(store.objects, { key, body: "x" })),
    );
  }
  await putObject(store.objects, { key: "manybeside", body: "x" });
  expect(await Array.fromAsync(listObjects(store.objects, "many/"), ({ key }) => key)).toEqual(names);
  expect(await deletePrefix(store.objects, "many/")).toBe(1005);
  expect(await Array.fromAsync(listObjects(store.objects, ""), ({ key }) => key)).toEqual(["manybeside"]);
});

test("a presigned GET downloads under the file's name", async () => {
  await using store = await openTestStore();
  await putObject(store.objects, { key: "k", body: "text" });
  const answer = await fetch(
    await presignGet(store.objects, { key: "k", expiresIn: 60, downloadName: "ü.bin" }),
  );
  expect(await answer.text()).toBe("text");
  expect(answer.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''%C3%BC.bin");
});

test("passing faults are got over: 503, a cut body, a lost answer", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const body = "x".repeat(200_000);
  for (const kind of ["unavailable", "cut-body", "lose-answer"] as const) {
    proxy.setFault({ kind, times: 2, matches: ({ method }) => method === "PUT" });
    await putObject(store.objects, { key: `text-${kind}`, body });
    expect(proxy.hits()).toBe(2);
    proxy.setFault();
    expect(await textOf(await getObject(store.objects, { key: `text-${kind}` }))).toBe(body);
  }
});

test("a fault that stays is storage_unavailable with its cause", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  proxy.setFault({ kind: "unavailable" });
  await expect(getObject(store.objects, { key: "k" })).rejects.toMatchObject({
    code: "storage_unavailable",
    retryable: true,
    cause: expect.any(Error),
  });
});
