import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { deleteFile, listFiles, setFlags } from "../files/index.ts";
import { fileKey, uploadKey } from "../keys/index.ts";
import { getObject, headObject, listObjects } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, sha256Of, storeFile } from "../testing/index.ts";
import { completeUpload, createUpload, sweepExpiredUploads } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const keyOf = (name: string) => fileKey(scope, "training_data", name);
const contentOf = async (store: Store, name: string) => {
  const object = await getObject(store.objects, { key: keyOf(name) });
  return object && Buffer.from(await object.bytes()).toString();
};
const complete = (store: Store, uploadId: string) =>
  completeUpload(store, scope, { uploadId, inspect: inspectLines });
const input = {
  kind: "training_data",
  name: "a.jsonl",
  size: 3,
  contentType: "text/plain",
  sha256: sha256Of("abc"),
} as const;

const create = async (store: Store) => {
  const upload = await createUpload(store, scope, input);
  if (upload.method !== "put") return expect.unreachable("A small file comes in one piece.");
  return upload;
};

test("a completed upload is a file with report, hash and its bytes in place, and leaves nothing behind", async () => {
  await using store = await openTestStore();
  const file = await storeFile(store, scope, { name: "a.jsonl", body: "one\ntwo\n" });
  expect(file).toMatchObject({
    name: "a.jsonl",
    used: true,
    state: "ready",
    size: 8,
    sha256: sha256Of("one\ntwo\n"),
  });
  expect(file.report).toMatchObject({ rows: 2, usableRows: 2 });
  expect(await contentOf(store, "a.jsonl")).toBe("one\ntwo\n");
  expect(await headObject(store.objects, keyOf("a.jsonl"))).toMatchObject({
    etag: file.etag,
    contentType: "application/jsonl",
  });
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
});

test.each([
  ["traversal", "../a"],
  ["a slash", "a/b"],
  ["a backslash", "a\\b"],
  ["nothing", ""],
  ["a control character", "a\u0007b"],
  ["a NUL", "a\0b"],
  ["300 bytes", "ü".repeat(150)],
  ["a leading dot", ".hidden"],
  ["half a pair", "a\ud800"],
  ["spaces only", "   "],
  ["a turn of the direction", "a\u202egpj.exe"],
])("a name with %s is refused", async (_, name) => {
  await using store = await openTestStore();
  await expect(createUpload(store, scope, { ...input, name })).rejects.toMatchObject({
    code: "bad_file_name",
  });
  await expect(deleteFile(store, scope, { kind: "training_data", name })).rejects.toMatchObject({
    code: "bad_file_name",
  });
  await expect(setFlags(store, folder, [{ name, used: true }])).rejects.toMatchObject({
    code: "bad_file_name",
  });
});

test("a name keeps its characters all the way and is stored in its composed form", async () => {
  await using store = await openTestStore();
  for (const name of ["a..b%2E%.jsonl", "日本 +?#&=.jsonl", "__proto__", "u\u0308.jsonl", "x".repeat(255)]) {
    const file = await storeFile(store, scope, { name, body: name });
    expect(file.name).toBe(name.normalize("NFC"));
    expect(await contentOf(store, file.name)).toBe(name);
  }
});

test("an upload that is too large or ill described is refused before a URL is signed", async () => {
  await using store = await openTestStore();
  const begin = (change: object) => createUpload(store, scope, { ...input, ...change });
  const [mebibyte, parts] = [1024 * 1024, { sha256: undefined }];
  await expect(begin({ ...parts, size: 512 * mebibyte + 1 })).rejects.toMatchObject({ code: "too_large" });
  const image = { kind: "media/original/images", size: 5 * 1024 * mebibyte + 1 };
  await expect(begin({ ...parts, ...image })).rejects.toMatchObject({ code: "too_large" });
  // One piece comes with its hash, parts have one each.
  await expect(begin({ size: 64 * mebibyte + 1 })).rejects.toMatchObject({ code: "bad_input" });
  await expect(begin(parts)).rejects.toMatchObject({ code: "bad_input" });
  await expect(begin({ size: -1 })).rejects.toMatchObject({ code: "bad_input" });
  await expect(begin({ size: 1.5 })).rejects.toMatchObject({ code: "bad_input" });
  await expect(begin({ sha256: "abc" })).rejects.toMatchObject({ code: "bad_input" });
  await expect(begin({ contentType: "text/plain\r\nx-evil: 1" })).rejects.toMatchObject({
    code: "bad_input",
  });
  expect(await store.db.$count(uploads)).toBe(0);
});

test("a file larger than the operator allows is refused with its size and the limit, in folders that are read", async () => {
  await using store = await openTestStore({ limits: { fileBytes: 1_000 } });
  const begin = (change: object) => createUpload(store, scope, { ...input, ...change });
  await expect(begin({ size: 1_001 })).rejects.toMatchObject({
    code: "too_large",
    message: expect.stringMatching(/1,001 bytes, more than 1,000 bytes/),
    details: { size: 1_001, limit: 1_000 },
  });
  await begin({ size: 1_000 });
  await begin({ size: 1_001, kind: "media/original/text" });
});

test("the presigned PUT takes nothing but the announced bytes, length, type and hash", async () => {
  await using store = await openTestStore();
  const body = "right content\n";
  const upload = await beginUpload(store, scope, { name: "a.jsonl", body });
  const { "x-amz-checksum-sha256": _, ...withoutHash } = upload.headers;
  const tries = [
    putBytes(upload, `${body}more`),
    putBytes(upload, "wrong content\n"),
    putBytes(upload, body, { ...upload.headers, "content-type": "text/html" }),
    putBytes(upload, "wrong content\n", {
      ...upload.headers,
      "x-amz-checksum-sha256": Buffer.from(sha256Of("wrong content\n"), "hex").toString("base64"),
    }),
    putBytes(upload, body, withoutHash),
  ];
  expect((await Promise.all(tries)).map((answer) => answer.ok)).toEqual([false, false, false, false, false]);
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_not_received" });
  expect((await putBytes(upload, body)).ok).toBe(true);
  expect(await complete(store, upload.uploadId)).toMatchObject({ sha256: sha256Of(body) });
});

test.each([
  ["upload_size_mismatch", { size: 4 }],
  ["upload_type_mismatch", { contentType: "text/html" }],
  ["upload_hash_mismatch", { sha256: sha256Of("xyz") }],
])("a store that let other bytes through is found out: %s", async (code, change) => {
  await using store = await openTestStore();
  const upload = await create(store);
  await putBytes(upload, "abc");
  await store.db.update(uploads).set(change);
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({
    code,
    details: { uploadId: upload.uploadId },
  });
  expect(await store.db.$count(files)).toBe(0);
});

test("an upload never completed leaves nothing that anybody sees", async () => {
  await using store = await openTestStore();
  await putBytes(await create(store), "abc");
  expect((await listFiles(store, scope, { kind: "training_data", filter: "all", limit: 10 })).files).toEqual(
    [],
  );
  await store.db.execute(
    sql`update uploads set urls_end_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'`,
  );
  await sweepExpiredUploads(store);
  expect(await Array.fromAsync(listObjects(store.objects, ""))).toEqual([]);
});

test("uploads that begin at once, for avatars that nobody knows yet too, are each their own", async () => {
  await using store = await openTestStore();
  const scopes = Array.from({ length: 12 }, (_, at) => ({
    userId: `user-${at % 3}`,
    avatarId: `avatar-${at}`,
  }));
  const begun = await Promise.all(
    scopes.map((each, at) => createUpload(store, each, { ...input, name: `${at}.jsonl` })),
  );
  for (const [at, { uploadId }] of begun.entries()) {
    const [row] = await store.db.select().from(uploads).where(eq(uploads.id, uploadId));
    expect(row).toMatchObject({ ...scopes[at], name: `${at}.jsonl`, state: "open" });
  }
  const signed = begun.flatMap((upload) => (upload.method === "put" ? [new URL(upload.url).pathname] : []));
  expect(signed).toEqual(begun.map(({ uploadId }) => `/${store.objects.bucket}/${uploadKey(uploadId)}`));
});

test("an upload completed twice, also at once, is the same file", async () => {
  await using store = await openTestStore();
  const upload = await create(store);
  await putBytes(upload, "abc");
  const completed = await Promise.all([1, 2, 3].map(() => complete(store, upload.uploadId)));
  const again = await complete(store, upload.uploadId);
  expect(new Set([...completed, again].map((file) => file.id)).size).toBe(1);
  expect(await store.db.$count(files)).toBe(1);
});

test("an upload of somebody else, or of nobody, is not found", async () => {
  await using store = await openTestStore();
  const upload = await create(store);
  await putBytes(upload, "abc");
  const asBob = completeUpload(
    store,
    { userId: "bob", avatarId: "amy" },
    { uploadId: upload.uploadId, inspect: inspectLines },
  );
  await expect(asBob).rejects.toMatchObject({ code: "upload_not_found" });
  await expect(complete(store, "01J0000000000000000000000")).rejects.toMatchObject({
    code: "upload_not_found",
  });
});

test("an expired upload is refused, before and after the sweep, and forgotten after a day", async () => {
  await using store = await openTestStore();
  const upload = await create(store);
  await putBytes(upload, "abc");
  await store.db.execute(
    sql`update uploads set urls_end_at = now() - interval '2 hours', expires_at = now() - interval '1 second'`,
  );
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_expired" });
  await sweepExpiredUploads(store);
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_expired" });
  expect(await headObject(store.objects, uploadKey(upload.uploadId))).toBeUndefined();
  await store.db.execute(sql`update uploads set swept_at = now() - interval '25 hours'`);
  await sweepExpiredUploads(store);
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_not_found" });
});

test("a delayed upload comes too late and what it put is removed", async () => {
  await using store = await openTestStore();
  const upload = await create(store);
  await store.db.execute(sql`update uploads set expires_at = now() - interval '1 second'`);
  await sweepExpiredUploads(store);
  expect((await putBytes(upload, "abc")).ok).toBe(true);
  await expect(complete(store, upload.uploadId)).rejects.toMatchObject({ code: "upload_expired" });
  await store.db.execute(sql`update uploads set urls_end_at = now() - interval '11 minutes'`);
  await sweepExpiredUploads(store);
  expect(await Array.fromAsync(listObjects(store.objects, ""))).toEqual([]);
});

test("an old presigned URL can't change a file after completion", async () => {
  await using store = await openTestStore();
  const upload = await create(store);
  await putBytes(upload, "abc");
  const file = await complete(store, upload.uploadId);
  await storeFile(store, scope, { name: input.name, body: "newer" });
  expect((await putBytes(upload, "abc")).ok).toBe(true);
  expect(await complete(store, upload.uploadId)).toMatchObject({ id: file.id, sha256: sha256Of("newer") });
  expect(await contentOf(store, input.name)).toBe("newer");
  await store.db.execute(sql`update uploads set urls_end_at = now() - interval '11 minutes'`);
  await sweepExpiredUploads(store);
  expect(await headObject(store.objects, uploadKey(upload.uploadId))).toBeUndefined();
  expect(await contentOf(store, input.name)).toBe("newer");
});

test("a new file is used unless it says otherwise, and a replaced one keeps its flag", async () => {
  await using store = await openTestStore();
  expect(await storeFile(store, scope, { name: "a" })).toMatchObject({ used: true });
  const unused = await storeFile(store, scope, { name: "b", useForTraining: false });
  expect(unused).toMatchObject({ used: false });
  expect(await storeFile(store, scope, { name: "b", body: "other" })).toMatchObject({
    id: unused.id,
    used: false,
  });
  expect(await storeFile(store, scope, { name: "b", useForTraining: true })).toMatchObject({ used: true });
  expect(await storeFile(store, scope, { name: "b", kind: "evaluation_data" })).toMatchObject({ used: true });
});

test("a replaced file is the old one for readers until the new one is in place, report and all", async () => {
  await using store = await openTestStore();
  const first = await storeFile(store, scope, { name: "a", body: "1\n" });
  const second = await storeFile(store, scope, { name: "a", body: "1\n2\n" });
  expect(second).toMatchObject({ id: first.id, size: 4, report: { rows: 2 } });
  expect(await store.db.$count(files)).toBe(1);
});
