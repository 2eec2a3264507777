/** What a crash between any two steps of an upload in parts leaves behind, and what becomes of it. */
import { createHash } from "node:crypto";
import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { deleteFile } from "../files/index.ts";
import { fileKey } from "../keys/index.ts";
import { abortMultipart, getObject, headObject, listMultiparts } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import {
  beginParts,
  inspectLines,
  openTestStore,
  putParts,
  sha256Of,
  storeFile,
  twoParts,
} from "../testing/index.ts";
import { acceptUpload } from "./accept-upload.ts";
import { commitUpload } from "./commit-upload.ts";
import { completeUpload, finishUpload, sweepExpiredUploads } from "./index.ts";
import { putInPlace } from "./put-in-place.ts";
import { multipartOf } from "./upload-row.ts";

const scope = { userId: "ann", avatarId: "amy" };
const name = "a.jsonl";
const key = fileKey(scope, "training_data", name);
const complete = (store: Store, uploadId: string) =>
  completeUpload(store, scope, { uploadId, inspect: inspectLines });
const hashInStore = async ({ objects }: Store) => {
  const hash = createHash("sha256");
  for await (const piece of (await getObject(objects, { key }))?.stream ?? []) hash.update(piece);
  return hash.digest("hex");
};

/** As far as the last part's receipt. */
const sendAll = async (store: Store, body: Buffer<ArrayBuffer>) => {
  const upload = await beginParts(store, scope, { name, body });
  await putParts(store, scope, { upload, body });
  return upload.uploadId;
};

/** What the side jobs do about uploads that were left half-way, the oldest first. */
const finishCompletingUploads = async (store: Store) => {
  const waiting = await store.db
    .select({ id: uploads.id })
    .from(uploads)
    .where(eq(uploads.state, "completing"))
    .orderBy(uploads.completingAt);
  for (const { id } of waiting) await finishUpload(store, id);
};

/** Whatever was left half-way: the same end. */
const expectFinished = async (store: Store, uploadId: string, body: Buffer) => {
  await finishCompletingUploads(store);
  const file = await complete(store, uploadId);
  await store.background.settled();
  expect(await hashInStore(store)).toBe(sha256Of(body));
  expect(await headObject(store.objects, key)).toMatchObject({ etag: file.etag });
  expect(await store.db.select().from(files)).toMatchObject([
    { id: file.id, state: "ready", etag: file.etag, size: body.length, sha256: sha256Of(body) },
  ]);
  expect(await Array.fromAsync(listMultiparts(store.objects, ""))).toEqual([]);
};

test("a crash before the store's id was kept: nobody can send a part, and what was begun is swept", async () => {
  await using store = await openTestStore();
  const { uploadId } = await beginParts(store, scope, { name, body: twoParts() });
  await store.db.update(uploads).set({ multipartId: null });
  await expect(complete(store, uploadId)).rejects.toMatchObject({ code: "upload_not_received" });
  await store.db.update(uploads).set({ expiresAt: new Date(0), urlsEndAt: new Date(0) });
  await sweepExpiredUploads(store);
  expect(await Array.fromAsync(listMultiparts(store.objects, ""))).toEqual([]);
});

test("a crash after the acceptance: readers see the old file until the side job finishes, past its expiry", async () => {
  await using store = await openTestStore();
  const old = await storeFile(store, scope, { name, body: "old\n" });
  const body = twoParts();
  const uploadId = await sendAll(store, body);
  await acceptUpload(store, scope, uploadId);
  await store.db.update(uploads).set({ expiresAt: new Date(0), urlsEndAt: new Date(0) });
  await sweepExpiredUploads(store);
  expect(await headObject(store.objects, key)).toMatchObject({ etag: old.etag });
  await expectFinished(store, uploadId, body);
});

test("a crash after the parts became the object: the row follows, by the object's own word", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name, body: "old\n" });
  const body = twoParts();
  const uploadId = await sendAll(store, body);
  const etag = await putInPlace(store, await acceptUpload(store, scope, uploadId));
  expect(await headObject(store.objects, key)).toMatchObject({ etag });
  await expectFinished(store, uploadId, body);
});

test("a crash after the commit: the file is there", async () => {
  await using store = await openTestStore();
  const body = twoParts();
  const uploadId = await sendAll(store, body);
  const upload = await acceptUpload(store, scope, uploadId);
  await commitUpload(store.db, upload, (await putInPlace(store, upload)) ?? "");
  await expectFinished(store, uploadId, body);
});

test("an older upload that was left half-way doesn't undo a newer one, and its parts go", async () => {
  await using store = await openTestStore();
  const older = await sendAll(store, twoParts());
  await acceptUpload(store, scope, older);
  const newer = await storeFile(store, scope, { name, body: "newer\n" });
  await finishCompletingUploads(store);
  expect(await hashInStore(store)).toBe(sha256Of("newer\n"));
  expect(await complete(store, older)).toMatchObject({ id: newer.id, etag: newer.etag });
  expect(await Array.fromAsync(listMultiparts(store.objects, ""))).toEqual([]);
});

test("two uploads of one name at once: the file is one of them, wholly", async () => {
  await using store = await openTestStore();
  const bodies = [twoParts(), twoParts()];
  const ids = await Promise.all(bodies.map((body) => sendAll(store, body)));
  await Promise.all(ids.map((uploadId) => complete(store, uploadId)));
  await store.background.settled();
  const [file] = await store.db.select().from(files);
  expect(bodies.map(sha256Of)).toContain(file?.sha256);
  expect(await hashInStore(store)).toBe(file?.sha256);
  expect(await headObject(store.objects, key)).toMatchObject({ etag: file?.etag });
});

test("an upload that was left half-way doesn't bring a deleted file back", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name, body: "old\n" });
  const uploadId = await sendAll(store, twoParts());
  await putInPlace(store, await acceptUpload(store, scope, uploadId));
  await deleteFile(store, scope, { kind: "training_data", name });
  await finishCompletingUploads(store);
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await store.db.$count(files)).toBe(0);
  await expect(complete(store, uploadId)).rejects.toMatchObject({ code: "upload_failed" });
});

test("an accepted upload whose parts another tool ended has no file, and the old one stays", async () => {
  await using store = await openTestStore();
  const old = await storeFile(store, scope, { name, body: "old\n" });
  const uploadId = await sendAll(store, twoParts());
  const multipart = multipartOf(await acceptUpload(store, scope, uploadId));
  await abortMultipart(store.objects, multipart ?? expect.unreachable("It was begun."));
  await expect(complete(store, uploadId)).rejects.toMatchObject({ code: "upload_failed" });
  expect(await headObject(store.objects, key)).toMatchObject({ etag: old.etag });
});

test("S3 faults: passing ones are not noticed, a lasting one leaves an upload that is finished later", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const kind of ["unavailable", "lose-answer"] as const) {
    const body = twoParts();
    const uploadId = await sendAll(store, body);
    proxy.setFault({ kind, times: 3, matches: ({ path }) => path.includes("uploadId") });
    await expectFinished(store, uploadId, body);
    expect(proxy.hits()).toBe(3);
  }
  const before = await hashInStore(store);
  const body = twoParts();
  const uploadId = await sendAll(store, body);
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method === "POST" });
  await expect(complete(store, uploadId)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await hashInStore(store)).toBe(before);
  proxy.setFault();
  await expectFinished(store, uploadId, body);
});
