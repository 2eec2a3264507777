import { randomBytes } from "node:crypto";
import { startFaultProxy, testServices } from "@loraloom/testkit";
import { expect, test } from "vitest";
import type { Store } from "../store.ts";
import { openTestStore, sha256Of } from "../testing/index.ts";
import {
  abortMultipart,
  completeMultipart,
  copyObject,
  getObject,
  headObject,
  listMultiparts,
  listParts,
  type Multipart,
  presignPart,
  startMultipart,
} from "./index.ts";

/** The least that a store takes for any part but the last one. */
const partSize = 5 * 1024 * 1024;
const key = "users/ann/日本 +?#&=%2E.bin";
const firstPart = randomBytes(partSize);
const lastPart = randomBytes(10);

const start = async ({ objects }: Store): Promise<Multipart> => ({
  key,
  multipartId: await startMultipart(objects, { key, contentType: "text/plain", metadata: { upload: "u1" } }),
});

type Signed = { url: string; headers: Record<string, string> };
const sign = ({ objects }: Store, multipart: Multipart, number: number, body: Uint8Array): Promise<Signed> =>
  presignPart(objects, {
    ...multipart,
    number,
    size: body.length,
    sha256Hex: sha256Of(body),
    expiresIn: 60,
  });
const send = ({ url, headers }: Signed, body: Uint8Array<ArrayBuffer>) =>
  fetch(url, { method: "PUT", headers, body });
const putPart = async (store: Store, multipart: Multipart, number: number, body: Buffer<ArrayBuffer>) =>
  (await send(await sign(store, multipart, number, body), body)).status;
const partsOf = async ({ objects }: Store, multipart: Multipart) =>
  (await listParts(objects, multipart)) ?? expect.unreachable("The upload is gone.");
/** Completes an upload with what the store has of it. */
const complete = async (store: Store, multipart: Multipart, bodies: Buffer[]) => {
  const parts = await partsOf(store, multipart);
  expect(parts.map(({ number, size }) => [number, size])).toEqual(
    bodies.map((body, index) => [index + 1, body.length]),
  );
  const named = parts.map(({ number, etag }, index) => ({
    number,
    etag,
    sha256Hex: sha256Of(bodies[index] ?? ""),
  }));
  return completeMultipart(store.objects, multipart, named);
};
const startedKeys = ({ objects }: Store) =>
  Array.fromAsync(listMultiparts(objects, "users/"), (multipart) => multipart.key);

test("parts become one object, which nobody sees before, with its type, metadata and bytes", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  expect(await startedKeys(store)).toEqual([key]);
  expect(await putPart(store, multipart, 2, lastPart)).toBe(200);
  expect(await putPart(store, multipart, 1, firstPart)).toBe(200);
  expect(await headObject(store.objects, key)).toBeUndefined();
  const completed = await complete(store, multipart, [firstPart, lastPart]);
  const object = await getObject(store.objects, { key });
  expect(object).toMatchObject({
    ...(completed as { etag: string }),
    contentType: "text/plain",
    metadata: { upload: "u1" },
  });
  expect(Buffer.concat([firstPart, lastPart]).equals((await object?.bytes()) ?? Buffer.of())).toBe(true);
  expect(await startedKeys(store)).toEqual([]);
});

test("an object that came in parts tells no hash of its own, and is copied on the condition of its ETag", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  await putPart(store, multipart, 1, firstPart);
  await complete(store, multipart, [firstPart]);
  const head = await headObject(store.objects, key);
  expect(head?.etag).toMatch(/-1$/);
  expect(head?.sha256Hex).toBeUndefined();
  const copy = { from: key, to: "copy", size: partSize };
  const copied = await copyObject(store.objects, { ...copy, ifMatch: head?.etag ?? "" });
  expect(await headObject(store.objects, "copy")).toMatchObject({
    ...(copied as { etag: string }),
    size: partSize,
  });
  const stale = { ...copy, ifMatch: `${"0".repeat(32)}-1` };
  expect(await copyObject(store.objects, stale)).toBe("conflict");
});

test("a presigned part takes nothing but the announced bytes", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  const signed = await sign(store, multipart, 1, lastPart);
  const otherBytes = randomBytes(lastPart.length);
  const otherHash = Buffer.from(sha256Of(otherBytes), "hex").toString("base64");
  const answers = await Promise.all([
    send(signed, otherBytes),
    send(signed, Buffer.concat([lastPart, lastPart])),
    send({ ...signed, headers: {} }, lastPart),
    send({ ...signed, headers: { "x-amz-checksum-sha256": otherHash } }, otherBytes),
    send({ ...signed, url: signed.url.replace("partNumber=1", "partNumber=2") }, lastPart),
  ]);
  expect(answers.map(({ ok }) => ok)).toEqual([false, false, false, false, false]);
  expect(await partsOf(store, multipart)).toEqual([]);
  expect((await send(signed, lastPart)).status).toBe(200);
});

test("of a part that was put twice one is listed, and the object holds it once", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  for (let time = 0; time < 3; time++) await putPart(store, multipart, 1, firstPart);
  await complete(store, multipart, [firstPart]);
  expect(await headObject(store.objects, key)).toMatchObject({ size: partSize });
});

test("a part that comes after the completion changes nothing, and an end after it neither", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  await putPart(store, multipart, 1, lastPart);
  const late = await sign(store, multipart, 1, lastPart);
  const completed = await complete(store, multipart, [lastPart]);
  expect((await send(late, lastPart)).status).toBe(404);
  await abortMultipart(store.objects, multipart);
  expect(await headObject(store.objects, key)).toMatchObject(completed as { etag: string });
  expect(await listParts(store.objects, multipart)).toBeUndefined();
});

test("an upload that was ended is unknown, takes no part and is ended again without a fault", async () => {
  await using store = await openTestStore();
  const multipart = await start(store);
  const late = await sign(store, multipart, 1, lastPart);
  const parts = [{ number: 1, etag: "0".repeat(32), sha256Hex: sha256Of(lastPart) }];
  await abortMultipart(store.objects, multipart);
  await abortMultipart(store.objects, multipart);
  expect((await send(late, lastPart)).status).toBe(404);
  expect(await listParts(store.objects, multipart)).toBeUndefined();
  expect(await completeMultipart(store.objects, multipart, parts)).toBe("missing");
  expect(await startedKeys(store)).toEqual([]);
});

test("passing faults are got over; a lasting one is storage_unavailable", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const kind of ["unavailable", "lose-answer"] as const) {
    proxy.setFault({ kind, times: 2 });
    const multipart = await start(store);
    expect(await putPart(store, multipart, 1, lastPart)).toBe(200);
    proxy.setFault({ kind, times: 2, matches: ({ method }) => method === "POST" });
    // A store may know no more of an upload whose completion it answered in vain.
    await complete(store, multipart, [lastPart]);
    expect(proxy.hits()).toBe(2);
    expect(await headObject(store.objects, key)).toMatchObject({ size: lastPart.length });
  }
  const multipart = await start(store);
  proxy.setFault({ kind: "unavailable" });
  const unavailable = { code: "storage_unavailable", retryable: true };
  await expect(listParts(store.objects, multipart)).rejects.toMatchObject(unavailable);
  await expect(abortMultipart(store.objects, multipart)).rejects.toMatchObject(unavailable);
  await expect(startedKeys(store)).rejects.toMatchObject(unavailable);
});
