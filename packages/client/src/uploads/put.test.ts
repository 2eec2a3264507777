import { createHash, randomBytes } from "node:crypto";
import { headObject, openObjects, presignPut } from "@loraloom/store/objects";
import { createTestLogger } from "@loraloom/store/testing";
import { createTestBucket, type Fault, startFaultProxy } from "@loraloom/testkit";
import { expect, test } from "vitest";
import type { UploadProgress } from "./progress.ts";
import { putBytes, type SignedPut } from "./put.ts";
import type { UploadBody } from "./upload-body.ts";

const bytes = randomBytes(1024 * 1024);
const sent = new Blob([bytes]);

/** A signed PUT for the bytes above, through a proxy that can break it. */
const signedUpload = async () => {
  await using opened = new AsyncDisposableStack();
  const bucket = opened.use(await createTestBucket());
  const proxy = opened.use(await startFaultProxy({ target: bucket.endpoint }));
  const objects = openObjects({ ...bucket, publicEndpoint: proxy.url }, createTestLogger().log);
  const signed = await presignPut(objects, {
    key: "uploads/1",
    contentType: "application/jsonl",
    size: bytes.byteLength,
    sha256Hex: createHash("sha256").update(bytes).digest("hex"),
    expiresIn: 60,
  });
  const resources = opened.move();
  return { objects, proxy, signed, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

const put = (signed: SignedPut, body: UploadBody, onProgress?: (progress: UploadProgress) => void) =>
  putBytes(signed, body, { fetch, onProgress });

test.each([
  ["a blob", sent],
  ["bytes in memory", new Uint8Array(bytes)],
])("puts %s, with or without progress", async (_, body) => {
  await using upload = await signedUpload();
  const seen: UploadProgress[] = [];
  await put(upload.signed, body, (progress) => seen.push(progress));
  await put(upload.signed, body);
  expect(await headObject(upload.objects, "uploads/1")).toMatchObject({ size: bytes.byteLength });
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.map(({ loaded }) => loaded)).toEqual(seen.map(({ loaded }) => loaded).sort((a, b) => a - b));
  expect(seen.at(0)).toEqual({ loaded: 0, total: bytes.byteLength });
  expect(seen.at(-1)).toEqual({ loaded: bytes.byteLength, total: bytes.byteLength });
});

test.each<[string, (signed: SignedPut) => [SignedPut, Blob]]>([
  ["other bytes", (signed) => [signed, new Blob([randomBytes(bytes.byteLength)])]],
  ["fewer bytes", (signed) => [signed, sent.slice(1)]],
  [
    "another type",
    ({ url, headers }) => [{ url, headers: { ...headers, "content-type": "text/html" } }, sent],
  ],
])("%s than signed are refused", async (_, change) => {
  await using upload = await signedUpload();
  await expect(put(...change(upload.signed))).rejects.toMatchObject({
    code: "upload_refused",
    retryable: false,
  });
});

test.each<[Fault["kind"], string]>([
  ["unavailable", "upload_failed"],
  ["cut-body", "network"],
  ["lose-answer", "network"],
])("a store that is %s fails with a retryable %s, without the URL's signature", async (kind, code) => {
  await using upload = await signedUpload();
  upload.proxy.setFault({ kind });
  const error = await put(upload.signed, sent, () => {}).catch((error: unknown) => error);
  expect(error).toMatchObject({ code, retryable: true, message: expect.not.stringContaining("Signature") });
});

test("an aborted put ends with the signal's reason", async () => {
  await using upload = await signedUpload();
  const controller = new AbortController();
  const putting = putBytes(upload.signed, sent, {
    fetch,
    onProgress: () => controller.abort("enough"),
    signal: controller.signal,
  });
  await expect(putting).rejects.toBe("enough");
});
