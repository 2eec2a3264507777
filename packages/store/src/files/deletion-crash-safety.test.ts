/** A deletion of what is not flagged and a new upload of the same name, each ended by a crash after any of its steps. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlaggedFolder, fileKey, uploadKey } from "../keys/index.ts";
import { copyObject, deleteObject, getObject, headObject } from "../objects/index.ts";
import { files, uploads } from "../tables/index.ts";
import { dictionaryOf, withoutBackground } from "../testing/flags.ts";
import { beginUpload, openTestStore, putBytes, storeFile, type TestStore } from "../testing/index.ts";
import { acceptUpload } from "../uploads/accept-upload.ts";
import { commitUpload } from "../uploads/commit-upload.ts";
import { finishUpload } from "../uploads/index.ts";
import type { Upload } from "../uploads/upload-row.ts";
import { markUnflagged } from "./delete-unflagged.ts";
import { projectFlags } from "./index.ts";
import { removeDeletedFiles } from "./remove-deleted.ts";

const name = "a.jsonl";
const [oldBody, newBody] = ["old\n", "newer\n"];
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

type Steps = [what: string, step: () => Promise<unknown>][];

/** What a deletion does, up to where its process ends. */
const deletionOf = (folder: FlaggedFolder): Steps => [
  ["mark", () => markUnflagged(store, folder)],
  [
    "remove the object",
    async () => {
      const marked = await store.db.$count(files, eq(files.state, "deleting"));
      if (marked > 0) await deleteObject(store.objects, { key: keyIn(folder) });
    },
  ],
  ["remove the row", () => removeDeletedFiles(withoutBackground(store), folder)],
];

/** What an upload of the same name does; the staged object's removal is its last step. */
const uploadTo = (folder: FlaggedFolder, uploadId: string): Steps => {
  let upload: Upload | undefined;
  let etag = "";
  return [
    [
      "accept",
      async () => {
        upload = await acceptUpload(store, folder, uploadId);
      },
    ],
    [
      "copy",
      async () => {
        etag = await copyStaged(folder, uploadId);
      },
    ],
    ["commit", async () => upload && commitUpload(store.db, upload, etag)],
    ["remove the staged object", () => deleteObject(store.objects, { key: uploadKey(uploadId) })],
  ];
};

const keyIn = (folder: FlaggedFolder) => fileKey(folder, folder.kind, name);

const copyStaged = async (folder: FlaggedFolder, uploadId: string): Promise<string> => {
  const from = uploadKey(uploadId);
  const staged = await headObject(store.objects, from);
  const source = { from, size: staged?.size ?? 0, ifMatch: staged?.etag ?? "" };
  const copied = await copyObject(store.objects, { ...source, to: keyIn(folder) });
  if (typeof copied === "string") throw new Error(`The copy failed: ${copied}`);
  return copied.etag;
};

const prepare = async (avatarId: string) => {
  const folder: FlaggedFolder = { userId: "ann", avatarId, kind: "training_data" };
  await storeFile(store, folder, { name, body: oldBody, useForTraining: false });
  await store.background.settled();
  const { uploadId } = await putNew(folder);
  return { folder, deletion: deletionOf(folder), upload: uploadTo(folder, uploadId), uploadId };
};

const putNew = async (folder: FlaggedFolder) => {
  const upload = await beginUpload(store, folder, { name, body: newBody, useForTraining: true });
  await putBytes(upload, newBody);
  return upload;
};

const run = async (steps: Steps, count: number): Promise<void> => {
  for (const [, step] of steps.slice(0, count)) await step();
};

/** What the side jobs do, in either order. */
const recover = async (folder: FlaggedFolder, uploadId: string, uploadFirst: boolean): Promise<void> => {
  if (uploadFirst) await finishUpload(store, uploadId);
  await removeDeletedFiles(store, folder);
  if (!uploadFirst) await finishUpload(store, uploadId);
  await projectFlags(store, folder);
  await store.background.settled();
};

/** Row, object and flag tell one and the same. */
const stateOf = async (folder: FlaggedFolder): Promise<string> => {
  const rows = await store.db.select().from(files).where(eq(files.avatarId, folder.avatarId));
  const object = await getObject(store.objects, { key: keyIn(folder) });
  const body = object && Buffer.from(await object.bytes()).toString();
  const flags = await dictionaryOf(store, folder);
  expect(rows.map(({ etag, state }) => [etag, state === "deleting"])).toEqual(
    object ? [[object.etag, false]] : [],
  );
  expect(flags).toEqual(rows.map(({ used }) => [name, used]));
  const open = await store.db.$count(uploads, eq(uploads.state, "completing"));
  expect(open).toBe(0);
  if (body === undefined) return "gone";
  return body === newBody ? "new" : "old";
};

const cases = [0, 1, 2, 3].flatMap((deleted) =>
  [0, 1, 2, 3, 4].flatMap((uploaded) =>
    [true, false].map((uploadFirst) => ({ deleted, uploaded, uploadFirst })),
  ),
);

test.each(cases)(
  "$deleted steps of a deletion, then $uploaded of an upload, repaired with the upload first: $uploadFirst",
  async ({ deleted, uploaded, uploadFirst }) => {
    const { folder, deletion, upload, uploadId } = await prepare(`d${deleted}u${uploaded}${uploadFirst}`);
    await run(deletion, deleted);
    await run(upload, uploaded);
    await recover(folder, uploadId, uploadFirst);
    expect(await stateOf(folder)).toBe(uploaded > 0 ? "new" : deleted > 0 ? "gone" : "old");
  },
);

test.each(cases)(
  "$uploaded steps of an upload, then $deleted of a deletion, repaired with the upload first: $uploadFirst",
  async ({ deleted, uploaded, uploadFirst }) => {
    const { folder, deletion, upload, uploadId } = await prepare(`u${uploaded}d${deleted}${uploadFirst}`);
    await run(upload, uploaded);
    await run(deletion, deleted);
    await recover(folder, uploadId, uploadFirst);
    expect(await stateOf(folder)).toBe(uploaded > 0 ? "new" : deleted > 0 ? "gone" : "old");
  },
);
