import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { deleteFile } from "../files/index.ts";
import { type Folder, fileKey } from "../keys/index.ts";
import { headObject, listMultiparts, listObjects, putObject, startMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import {
  beginParts,
  beginUpload,
  inspectLines,
  openTestStore,
  putBytes,
  sha256Of,
  storeFile,
} from "../testing/index.ts";
import { acceptUpload } from "./accept-upload.ts";
import { type CopyOriginalInput, copyOriginal } from "./copy-original.ts";
import { finishUpload, maxPutBytes, sweepExpiredUploads } from "./index.ts";

const avatar = { userId: "ann", avatarId: "amy" };
const texts: Folder = { ...avatar, kind: "media/original/text" };
const copy = (store: Store, input: Partial<CopyOriginalInput> = {}) =>
  copyOriginal(store, avatar, { from: { ...texts, name: "book.txt" }, inspect: inspectLines, ...input });
const openWithBook = async () => {
  const store = await openTestStore();
  await storeFile(store, texts, {
    kind: texts.kind,
    name: "book.txt",
    body: "1\n2\n",
    contentType: "text/plain",
  });
  return store;
};

test("an original becomes training data, is inspected, and stays where it is", async () => {
  await using store = await openWithBook();
  expect(await copy(store)).toMatchObject({
    kind: "training_data",
    name: "book.txt",
    used: true,
    sha256: sha256Of("1\n2\n"),
    contentType: "text/plain",
    state: "ready",
    report: { rows: 2 },
  });
  for (const kind of ["training_data", "media/original/text"] as const) {
    expect(await headObject(store.objects, fileKey(avatar, kind, "book.txt"))).toMatchObject({ size: 4 });
  }
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
  await deleteFile(store, texts, { kind: texts.kind, name: "book.txt" });
  expect(await store.db.select().from(files)).toMatchObject([{ kind: "training_data" }]);
});

test("a file of that name is replaced and keeps its flag unless another is asked for", async () => {
  await using store = await openWithBook();
  const before = await storeFile(store, avatar, { name: "old.txt", useForTraining: false });
  expect(await copy(store, { as: "old.txt" })).toMatchObject({ id: before.id, size: 4, used: false });
  expect(await copy(store, { as: "old.txt", useForTraining: true })).toMatchObject({ used: true });
});

const name = "book.txt";
const key = fileKey(avatar, "training_data", name);
/** What lies at the file's place, in parts. */
const openIds = ({ objects }: Store) =>
  Array.fromAsync(listMultiparts(objects, key), ({ multipartId }) => multipartId);
/** Accepted with few bytes, then said to have so many that its copy is one of parts. */
const acceptLarge = async (store: Store) => {
  const upload = await beginUpload(store, avatar, { name });
  await putBytes(upload, `${name}\n`);
  const { uploadId } = upload;
  await acceptUpload(store, avatar, uploadId);
  await setUpload(store, uploadId, { size: maxPutBytes + 1 });
  return uploadId;
};
const setUpload = ({ db }: Store, id: string, changes: Partial<typeof uploads.$inferInsert>) =>
  db.update(uploads).set(changes).where(eq(uploads.id, id)).returning();
/** As far as a copy comes that a crash cuts off. */
const beginCopy = ({ objects }: Store) =>
  startMultipart(objects, { key, contentType: "text/plain", metadata: {}, isCopied: true });

test("a copy of more than 64 MiB that was cut off is ended by the next try, and no client's upload is", async () => {
  await using store = await openTestStore();
  await beginCopy(store);
  const { uploadId } = await beginParts(store, avatar, { name, body: Buffer.from("1\n") });
  const [row] = await store.db.select().from(uploads).where(eq(uploads.id, uploadId));
  await finishUpload(store, await acceptLarge(store));
  expect(await openIds(store)).toEqual([row?.multipartId]);
  // As between the store's answer and the update of the row.
  await setUpload(store, uploadId, { multipartId: null });
  await finishUpload(store, await acceptLarge(store));
  expect(await openIds(store)).toEqual([row?.multipartId]);
});

test("a copy that was cut off and is never tried again, as the file was deleted meanwhile, is swept", async () => {
  await using store = await openTestStore();
  await storeFile(store, avatar, { name });
  const uploadId = await acceptLarge(store);
  await beginCopy(store);
  await deleteFile(store, avatar, { kind: "training_data", name });
  await setUpload(store, uploadId, { urlsEndAt: new Date(0) });
  await sweepExpiredUploads(store);
  expect(await openIds(store)).toEqual([]);
});

test("an original that is not there, or whose bytes another tool changed, is not copied", async () => {
  await using store = await openWithBook();
  const absent = copy(store, { from: { ...texts, name: "none" } });
  await expect(absent).rejects.toMatchObject({ code: "file_not_found" });
  await putObject(store.objects, { key: fileKey(texts, texts.kind, "book.txt"), body: "changed" });
  await expect(copy(store)).rejects.toMatchObject({ code: "file_not_found" });
  expect(await store.db.$count(files)).toBe(1);
});
