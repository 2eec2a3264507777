import { createHash } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { listFiles } from "../files/index.ts";
import { fileKey } from "../keys/index.ts";
import { getObject, headObject, listMultiparts, listObjects, startMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { inspectLines, openTestStore, sha256Of, storeFile } from "../testing/index.ts";
import { beginParts, partOf, putParts, signPart, twoParts } from "../testing/store-parts.ts";
import {
  abortUpload,
  completeUpload,
  getUpload,
  listReceivedParts,
  presignParts,
  sweepExpiredUploads,
} from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const name = "a.jsonl";
const key = fileKey(scope, "training_data", name);
const complete = (store: Store, uploadId: string) =>
  completeUpload(store, scope, { uploadId, inspect: inspectLines });
const hashInStore = async ({ objects }: Store, place = key) => {
  const hash = createHash("sha256");
  for await (const piece of (await getObject(objects, { key: place }))?.stream ?? []) hash.update(piece);
  return hash.digest("hex");
};
const openInStore = ({ objects }: Store) =>
  Array.fromAsync(listMultiparts(objects, ""), (multipart) => multipart.key);
const letUrlsEnd = (store: Store) =>
  store.db.update(uploads).set({ urlsEndAt: sql`now() - interval '11 minutes'` });

test("a file that came in parts is there with report and hash, and leaves nothing behind", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body });
  expect(await headObject(store.objects, key)).toBeUndefined();
  const file = await complete(store, upload.uploadId);
  expect(file).toMatchObject({ name, used: true, state: "inspecting", size: body.length, sha256: null });
  await store.background.settled();
  expect(await store.db.select().from(files)).toMatchObject([
    { id: file.id, state: "ready", sha256: sha256Of(body), report: { rows: 1 } },
  ]);
  expect(await hashInStore(store)).toBe(sha256Of(body));
  expect(await headObject(store.objects, key)).toMatchObject({
    etag: file.etag,
    contentType: "application/jsonl",
  });
  expect(await openInStore(store)).toEqual([]);
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
});

test("in a folder that nobody inspects the hash is computed too", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const kind = "media/original/video" as const;
  const upload = await beginParts(store, scope, { kind, name: "日本 +?#&=%2E.mp4", body });
  await putParts(store, scope, { upload, body });
  expect(await complete(store, upload.uploadId)).toMatchObject({ state: "ready", sha256: null });
  await store.background.settled();
  expect(await store.db.select().from(files)).toMatchObject([{ sha256: sha256Of(body), report: null }]);
  expect(await hashInStore(store, fileKey(scope, kind, "日本 +?#&=%2E.mp4"))).toBe(sha256Of(body));
});

test("what came is told, and only the rest has to be sent before it can be completed", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  const { uploadId } = upload;
  const early = complete(store, uploadId);
  await expect(early).rejects.toMatchObject({ code: "upload_not_received", details: { missing: [1, 2] } });
  await putParts(store, scope, { upload, body, numbers: [2] });
  const second = partOf(upload, body, 2);
  expect(await listReceivedParts(store, scope, uploadId)).toEqual([
    { number: 2, size: second.length, sha256: sha256Of(second) },
  ]);
  expect(await getUpload(store, scope, uploadId)).toMatchObject({
    ...{ name, size: body.length, state: "open", method: "multipart", parts: 2 },
  });
  const halfway = complete(store, uploadId);
  await expect(halfway).rejects.toMatchObject({ code: "upload_not_received", details: { missing: [1] } });
  await putParts(store, scope, { upload, body, numbers: [1] });
  expect(await complete(store, uploadId)).toMatchObject({ size: body.length });
  expect(await getUpload(store, scope, uploadId)).toMatchObject({ state: "completed" });
  expect(await listReceivedParts(store, scope, uploadId)).toEqual([]);
});

test("a part keeps the hash that it was signed for: a file that changed meanwhile never gets mixed in", async () => {
  await using store = await openTestStore();
  const [body, changed] = [twoParts(), twoParts()];
  const upload = await beginParts(store, scope, { name, body });
  const { uploadId } = upload;
  await putParts(store, scope, { upload, body, numbers: [1] });
  const bytes = partOf(upload, changed, 1);
  const mixed = signPart(store, scope, { uploadId, number: 1, bytes });
  await expect(mixed).rejects.toMatchObject({ code: "upload_hash_mismatch", details: { number: 1 } });
  await putParts(store, scope, { upload, body });
  await complete(store, uploadId);
  expect(await hashInStore(store)).toBe(sha256Of(body));
});

test("a part of another number, length or upload is not signed", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  const { uploadId } = upload;
  const sha256 = sha256Of(body);
  const sign = (part: object, whose = scope) =>
    presignParts(store, whose, { uploadId, parts: [{ number: 1, sha256, ...part }] });
  for (const part of [{ number: 0 }, { number: 3 }, { number: 1.5 }, { sha256: "abc" }]) {
    await expect(sign(part)).rejects.toMatchObject({ code: "bad_input" });
  }
  await expect(sign({}, { ...scope, userId: "bob" })).rejects.toMatchObject({ code: "upload_not_found" });
  const { url, headers } = await signPart(store, scope, {
    uploadId,
    number: 2,
    bytes: partOf(upload, body, 2),
  });
  expect((await fetch(url, { method: "PUT", headers, body: partOf(upload, body, 1) })).ok).toBe(false);
  expect(await listReceivedParts(store, scope, uploadId)).toEqual([]);
});

test("completed twice, also at once, it is the same file", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body });
  const completed = await Promise.all([1, 2, 3].map(() => complete(store, upload.uploadId)));
  const again = await complete(store, upload.uploadId);
  expect(new Set([...completed, again].map((file) => file.id)).size).toBe(1);
  expect(await hashInStore(store)).toBe(sha256Of(body));
});

test("a part's old URL can't change a file after completion", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body });
  const bytes = partOf(upload, body, 1);
  const late = await signPart(store, scope, { uploadId: upload.uploadId, number: 1, bytes });
  const { etag } = await complete(store, upload.uploadId);
  const send = () => fetch(late.url, { method: "PUT", headers: late.headers, body: bytes });
  expect((await send()).status).toBe(404);
  expect(await headObject(store.objects, key)).toMatchObject({ etag });
  await storeFile(store, scope, { name, body: "newer\n" });
  expect((await send()).status).toBe(404);
  await letUrlsEnd(store);
  await sweepExpiredUploads(store);
  expect(await hashInStore(store)).toBe(sha256Of("newer\n"));
  const sign = signPart(store, scope, { uploadId: upload.uploadId, number: 1, bytes });
  await expect(sign).rejects.toMatchObject({ code: "upload_ended" });
});

test("an aborted upload takes nothing more, leaves nothing and can't be completed", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  const { uploadId } = upload;
  await putParts(store, scope, { upload, body });
  expect(await abortUpload(store, scope, uploadId)).toBe(true);
  expect(await abortUpload(store, scope, uploadId)).toBe(true);
  expect(await openInStore(store)).toEqual([]);
  await expect(complete(store, uploadId)).rejects.toMatchObject({ code: "upload_ended" });
  const part = signPart(store, scope, { uploadId, number: 1, bytes: body });
  await expect(part).rejects.toMatchObject({ code: "upload_ended" });
  expect(await store.db.$count(files)).toBe(0);
});

test("a completed upload is not aborted, and somebody else's is not found", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body });
  const asBob = abortUpload(store, { ...scope, userId: "bob" }, upload.uploadId);
  await expect(asBob).rejects.toMatchObject({ code: "upload_not_found" });
  await complete(store, upload.uploadId);
  expect(await abortUpload(store, scope, upload.uploadId)).toBe(false);
  const listed = await listFiles(store, scope, { kind: "training_data", filter: "all", limit: 9 });
  expect(listed.files).toMatchObject([{ name }]);
});

test("an upload that nobody completes expires; its parts go, and what was begun for it by mistake", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body, numbers: [1] });
  const begin = { key, contentType: "text/plain", metadata: {} };
  await startMultipart(store.objects, begin);
  const other = await beginParts(store, scope, { name, body });
  await store.db
    .update(uploads)
    .set({ expiresAt: sql`now() - interval '1 second'`, urlsEndAt: sql`now() - interval '11 minutes'` })
    .where(eq(uploads.id, upload.uploadId));
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_expired" });
  expect(await getUpload(store, scope, upload.uploadId)).toMatchObject({ state: "expired" });
  await sweepExpiredUploads(store);
  expect(await openInStore(store)).toEqual([key]);
  await putParts(store, scope, { upload: other, body });
  expect(await complete(store, other.uploadId)).toMatchObject({ name });
});

test("what another tool began under the name at another time is left to it", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  await startMultipart(store.objects, { key, contentType: "text/plain", metadata: {} });
  const upload = await beginParts(store, scope, { name, body });
  await store.db
    .update(uploads)
    .set({ state: "expired", createdAt: sql`now() - interval '1 hour'` })
    .where(eq(uploads.id, upload.uploadId));
  await letUrlsEnd(store);
  await sweepExpiredUploads(store);
  expect(await openInStore(store)).toEqual([key]);
});
