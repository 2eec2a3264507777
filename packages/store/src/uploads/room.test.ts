import { expect, test } from "vitest";
import { deleteFile } from "../files/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { beginUpload, inspectLines, openTestStore, putBytes, storeFile } from "../testing/index.ts";
import { completeUpload, copyOriginal, createUpload, maxPutBytes } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const openFull = async () => {
  const store = await openTestStore({ limits: { filesPerAvatar: 2 } });
  await storeFile(store, scope, { name: "a" });
  await storeFile(store, scope, { kind: "evaluation_data", name: "b" });
  return store;
};
const complete = (store: Store, uploadId: string) =>
  completeUpload(store, scope, { uploadId, inspect: inspectLines });

test("a new name is refused in an avatar that has all its files, in every folder and of any size", async () => {
  await using store = await openFull();
  const refusal = {
    code: "too_many_files",
    message: "'c' is a new file, and avatar 'amy' has the 2 files that it may have.",
    details: { name: "c", limit: 2 },
  };
  await expect(beginUpload(store, scope, { name: "c" })).rejects.toMatchObject(refusal);
  const large = { name: "c", size: maxPutBytes + 1, contentType: "text/plain" };
  for (const kind of ["training_data", "media/audio"] as const) {
    await expect(createUpload(store, scope, { ...large, kind })).rejects.toMatchObject(refusal);
  }
  const from = { ...scope, kind: "evaluation_data", name: "b" } as const;
  const copy = copyOriginal(store, scope, { from, as: "c", inspect: inspectLines });
  await expect(copy).rejects.toMatchObject(refusal);
});

test("a name that is there is replaced, and another avatar or the user himself has room of his own", async () => {
  await using store = await openFull();
  expect(await storeFile(store, scope, { name: "a", body: "1\n2\n" })).toMatchObject({ size: 4 });
  const from = { ...scope, kind: "evaluation_data", name: "b" } as const;
  await copyOriginal(store, scope, { from, as: "a", inspect: inspectLines });
  await storeFile(store, { ...scope, avatarId: "ben" }, { name: "c" });
  for (const name of ["1", "2", "3"]) {
    await storeFile(store, { userId: "ann", avatarId: null }, { kind: "image", name });
  }
});

test("of uploads that begin at once, those of full avatars alone are refused", async () => {
  await using store = await openFull();
  const begun = await Promise.allSettled([
    beginUpload(store, scope, { name: "c" }),
    beginUpload(store, scope, { name: "a" }),
    beginUpload(store, { ...scope, avatarId: "ben" }, { name: "c" }),
    beginUpload(store, scope, { name: "d" }),
    beginUpload(store, scope, { kind: "evaluation_data", name: "b" }),
  ]);
  expect(begun.map(({ status }) => status)).toEqual([
    "rejected",
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
});

test("of uploads that are completed at once, as many become files as there is room for", async () => {
  await using store = await openTestStore({ limits: { filesPerAvatar: 5 } });
  const begun = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      beginUpload(store, scope, {
        kind: at % 2 ? "training_data" : "evaluation_data",
        name: `${at}`,
        body: "x\n",
      }),
    ),
  );
  for (const upload of begun) await putBytes(upload, "x\n");
  const ends = await Promise.allSettled(begun.map(({ uploadId }) => complete(store, uploadId)));
  expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  for (const end of ends) {
    if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "too_many_files" });
  }
  expect(await store.db.$count(files)).toBe(5);
});

test("an upload that found no room is completed once there is some", async () => {
  await using store = await openTestStore({ limits: { filesPerAvatar: 1 } });
  const late = await beginUpload(store, scope, { name: "late" });
  await putBytes(late, "late\n");
  await storeFile(store, scope, { name: "early" });
  await expect(complete(store, late.uploadId)).rejects.toMatchObject({ code: "too_many_files" });
  await deleteFile(store, scope, { kind: "training_data", name: "early" });
  expect(await complete(store, late.uploadId)).toMatchObject({ name: "late" });
});
