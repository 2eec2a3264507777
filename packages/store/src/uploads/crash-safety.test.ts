import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { deleteFile, markNamed } from "../files/delete-files.ts";
import { removeDeletedFile } from "../files/remove-deleted.ts";
import { fileKey, uploadKey } from "../keys/index.ts";
import { copyObject, deleteObject, getObject, headObject, listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, storeFile } from "../testing/index.ts";
import { acceptUpload } from "./accept-upload.ts";
import { commitUpload } from "./commit-upload.ts";

import { completeUpload, finishUpload } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const key = fileKey(scope, "training_data", "a.jsonl");
const contentOf = async (store: Store) => {
  const object = await getObject(store.objects, { key });
  return object && Buffer.from(await object.bytes()).toString();
};

/** As far as an acknowledged PUT. */
const putUpload = async (store: Store, body: string) => {
  const upload = await beginUpload(store, scope, { name: "a.jsonl", body });
  await putBytes(upload, body);
  return upload.uploadId;
};
const copyStaged = async (store: Store, uploadId: string) => {
  const staged = await headObject(store.objects, uploadKey(uploadId));
  const copied = await copyObject(store.objects, {
    from: uploadKey(uploadId),
    to: key,
    size: staged?.size ?? 0,
    ifMatch: staged?.etag ?? "",
  });
  if (typeof copied === "string") throw new Error(`The copy failed: ${copied}`);
  return copied.etag;
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
const expectFinished = async (store: Store, uploadId: string, body: string) => {
  await finishCompletingUploads(store);
  const file = await completeUpload(store, scope, { uploadId, inspect: inspectLines });
  expect(file).toMatchObject({ name: "a.jsonl", state: "ready", size: body.length, report: { rows: 1 } });
  expect(await contentOf(store)).toBe(body);
  expect(await headObject(store.objects, key)).toMatchObject({ etag: file.etag });
};

test("a crash after the acceptance: the side job finishes it, also past its expiry", async () => {
  await using store = await openTestStore();
  const uploadId = await putUpload(store, "new\n");
  await acceptUpload(store, scope, uploadId);
  await store.db.update(uploads).set({ expiresAt: new Date(0) });
  expect(await store.db.$count(files)).toBe(0);
  await expectFinished(store, uploadId, "new\n");
  expect(await headObject(store.objects, uploadKey(uploadId))).toBeUndefined();
});

test("a crash after the copy: the row follows", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a.jsonl", body: "old\n" });
  const uploadId = await putUpload(store, "new\n");
  await acceptUpload(store, scope, uploadId);
  await copyStaged(store, uploadId);
  await expectFinished(store, uploadId, "new\n");
});

test("a crash after the commit: the file is there and the staged object goes", async () => {
  await using store = await openTestStore();
  const uploadId = await putUpload(store, "new\n");
  const upload = await acceptUpload(store, scope, uploadId);
  await commitUpload(store.db, upload, await copyStaged(store, uploadId));
  await expectFinished(store, uploadId, "new\n");
});

test("an older upload that was left half-way doesn't undo a newer one", async () => {
  await using store = await openTestStore();
  const older = await putUpload(store, "older\n");
  await acceptUpload(store, scope, older);
  await storeFile(store, scope, { name: "a.jsonl", body: "newer\n" });
  await finishCompletingUploads(store);
  expect(await contentOf(store)).toBe("newer\n");
  expect(await completeUpload(store, scope, { uploadId: older, inspect: inspectLines })).toMatchObject({
    size: 6,
  });
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
});

test("an upload that was left half-way doesn't bring a deleted file back", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a.jsonl", body: "old\n" });
  const uploadId = await putUpload(store, "new\n");
  await acceptUpload(store, scope, uploadId);
  await copyStaged(store, uploadId);
  await deleteFile(store, scope, { kind: "training_data", name: "a.jsonl" });
  await finishCompletingUploads(store);
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await store.db.$count(files)).toBe(0);
  const again = completeUpload(store, scope, { uploadId, inspect: inspectLines });
  await expect(again).rejects.toMatchObject({ code: "upload_failed" });
});

test("a deletion between the copy and the commit wins", async () => {
  await using store = await openTestStore();
  const { id } = await storeFile(store, scope, { name: "a.jsonl", body: "old\n" });
  const uploadId = await putUpload(store, "new\n");
  const upload = await acceptUpload(store, scope, uploadId);
  const etag = await copyStaged(store, uploadId);
  await markNamed(store, scope, { kind: "training_data", name: "a.jsonl" });
  await commitUpload(store.db, upload, etag);
  await removeDeletedFile(store, id);
  expect(await headObject(store.objects, key)).toBeUndefined();
  expect(await store.db.$count(files)).toBe(0);
});

test("an accepted upload whose object another tool removed ends without a file", async () => {
  await using store = await openTestStore();
  const uploadId = await putUpload(store, "new\n");
  await acceptUpload(store, scope, uploadId);
  await deleteObject(store.objects, { key: uploadKey(uploadId) });
  const end = completeUpload(store, scope, { uploadId, inspect: inspectLines });
  await expect(end).rejects.toMatchObject({ code: "upload_failed" });
  expect(await store.db.$count(uploads, eq(uploads.state, "failed"))).toBe(1);
});

test("S3 faults: passing ones are not noticed, a lasting one leaves an upload that is finished later", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  for (const kind of ["unavailable", "lose-answer"] as const) {
    const uploadId = await putUpload(store, `${kind}\n`);
    proxy.setFault({ kind, times: 3 });
    await expectFinished(store, uploadId, `${kind}\n`);
  }
  const uploadId = await putUpload(store, "later\n");
  proxy.setFault({
    kind: "unavailable",
    matches: ({ method, path }) => method === "PUT" && path.includes("a.jsonl"),
  });
  const attempt = completeUpload(store, scope, { uploadId, inspect: inspectLines });
  await expect(attempt).rejects.toMatchObject({ code: "storage_unavailable", retryable: true });
  expect(await contentOf(store)).toBe("lose-answer\n");
  proxy.setFault();
  await expectFinished(store, uploadId, "later\n");
});
