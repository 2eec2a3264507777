import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import { storageProbes } from "../tables/index.ts";
import { beginUpload, createTestLogger, openTestStore, sha256Of } from "../testing/index.ts";
import {
  applyCors,
  ensureBucket,
  listMultiparts,
  listObjects,
  presignPart,
  probe,
  startMultipart,
} from "./index.ts";

test("a page of an allowed origin may PUT to a presigned URL, another's may not", async () => {
  await using store = await openTestStore();
  await applyCors(store.objects, ["https://app.example"]);
  const upload = await beginUpload(store, { userId: "ann", avatarId: "amy" }, { name: "a" });
  const preflight = (origin: string) =>
    fetch(upload.url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": Object.keys(upload.headers).join(),
      },
    });
  const allowed = await preflight("https://app.example");
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(allowed.headers.get("access-control-allow-methods")).toContain("PUT");
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});

test("a page of an allowed origin may send a part and sees its ETag", async () => {
  await using store = await openTestStore();
  const origin = "https://app.example";
  await applyCors(store.objects, [origin]);
  const part = { key: "a", contentType: "text/plain", metadata: {}, number: 1, size: 3 };
  const multipartId = await startMultipart(store.objects, part);
  const sha256Hex = sha256Of("abc");
  const { url, headers } = await presignPart(store.objects, {
    ...part,
    multipartId,
    sha256Hex,
    expiresIn: 60,
  });
  const answer = await fetch(url, { method: "PUT", headers: { ...headers, origin }, body: "abc" });
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(answer.headers.get("access-control-expose-headers")).toContain("ETag");
});

test("a missing bucket is made, and a second process at once changes nothing", async () => {
  await using store = await openTestStore();
  const objects = { ...store.config.objects, bucket: `${store.config.objects.bucket}-new` };
  await using other = await openStore({ ...store.config, objects }, createTestLogger().log);
  await Promise.all([ensureBucket(other.objects), ensureBucket(other.objects)]);
  expect(await Array.fromAsync(listObjects(other.objects, ""))).toEqual([]);
});

test("a store that is not reached is told of by the system's word for it, and the name that nobody knows", async () => {
  await using store = await openTestStore();
  const endpoint = "http://store.invalid:8333";
  const named = { ...store.config.objects, endpoint, forcePathStyle: false };
  const failure = await openStore({ ...store.config, objects: named }, store.log).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({
    code: "storage_unavailable",
    message: expect.stringMatching(/\((ENOTFOUND|EAI_AGAIN) .+\.store\.invalid\)\.$/),
    remedy: expect.stringContaining("S3_FORCE_PATH_STYLE"),
  });
});

test("the probe passes the store that comes along, leaves nothing and is not repeated", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  expect(await probe(store)).toEqual([]);
  expect(await Array.fromAsync(listObjects(store.objects, ""))).toEqual([]);
  expect(await Array.fromAsync(listMultiparts(store.objects, ""))).toEqual([]);
  proxy.setFault({ kind: "unavailable" });
  expect(await probe(store)).toEqual([]);
  // As a host left it that did not note this yet.
  await store.db.update(storageProbes).set({ refusesStalePut: null });
  await expect(probe(store)).rejects.toMatchObject({ code: "storage_unavailable" });
  await store.db.delete(storageProbes);
  await expect(probe(store)).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("a public address that is not reached from here is a warning", async () => {
  await using store = await openTestStore();
  const objects = { ...store.config.objects, publicEndpoint: "http://127.0.0.1:9" };
  await using other = await openStore({ ...store.config, objects }, store.log);
  expect(await probe(other)).toEqual(["is not reached at its public address from here"]);
});
