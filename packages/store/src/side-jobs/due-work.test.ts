import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { ensureAvatar } from "../access/avatars.ts";
import { adapterOf } from "../adapters/lock-adapter.ts";
import { emptyReport } from "../files/empty-report.ts";
import { nextRevision } from "../files/flag-revision.ts";
import type { Store } from "../store.ts";
import { adapters, avatarFlags, files, uploads } from "../tables/index.ts";
import { withoutBackground } from "../testing/flags.ts";
import { beginUpload, openTestStore } from "../testing/index.ts";
import { addFile, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { findDueWork } from "./due-work.ts";

const minutesAgo = (minutes: number) => sql`now() - make_interval(mins => ${minutes})`;
const dataOf = async (store: Store, queue: string) =>
  (await findDueWork(store)).filter((job) => job.queue === queue).map(({ data }) => data);
/** How long each has waited: the oldest is neither the first nor the last row. */
const waits = [2, 9, 5];
const byWait = <Item>(items: Item[]): (Item | undefined)[] => [items[1], items[2], items[0]];

test.each([
  ["delete-file", "deleting"],
  ["inspect-file", "inspecting"],
] as const)("%s: the file that waits longest comes first", async (queue, state) => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const ids: string[] = [];
  for (const wait of waits) {
    ids.push(await addFile(store, scope, { name: `${wait}`, state, report: null }));
    await store.db
      .update(files)
      .set({ updatedAt: minutesAgo(wait) })
      .where(eq(files.name, `${wait}`));
  }
  expect(await dataOf(store, queue)).toEqual(byWait(ids).map((fileId) => ({ fileId })));
});

test("finish-upload: the upload that was accepted first comes first", async () => {
  await using store = await openTestStore();
  const ids: string[] = [];
  for (const wait of waits) {
    const { uploadId } = await beginUpload(store, { userId: "ann", avatarId: "amy" }, { name: `${wait}` });
    ids.push(uploadId);
    const accepted = { state: "completing" as const, completingAt: minutesAgo(wait) };
    await store.db.update(uploads).set(accepted).where(eq(uploads.id, uploadId));
  }
  expect(await dataOf(store, "finish-upload")).toEqual(byWait(ids).map((uploadId) => ({ uploadId })));
});

test("project-flags: the avatar whose dictionary is behind for longest comes first", async () => {
  await using store = await openTestStore();
  for (const wait of waits) {
    const scope = { userId: "ann", avatarId: `${wait}` };
    await ensureAvatar(store, scope);
    await store.db
      .insert(avatarFlags)
      .values({ ...scope, kind: "training_data", rev: 1, dueAt: minutesAgo(wait) });
  }
  const kind = "training_data";
  const folders = ["9", "5", "2"].map((avatarId) => ({ userId: "ann", avatarId, kind }));
  expect(await dataOf(store, "project-flags")).toEqual(folders);
});

test("a dictionary that is behind stays due since its first change, and since the next one once it was written", async () => {
  await using store = await openTestStore();
  const scope = { userId: "ann", avatarId: "amy" };
  const waited = async () => {
    const minutes = sql<number>`(extract(epoch from now() - ${avatarFlags.dueAt}) / 60)::int`;
    return (await store.db.select({ minutes }).from(avatarFlags))[0]?.minutes;
  };
  await nextRevision(store.db, { ...scope, kind: "training_data" });
  await store.db.update(avatarFlags).set({ dueAt: minutesAgo(9) });
  await nextRevision(store.db, { ...scope, kind: "training_data" });
  expect(await waited()).toBe(9);
  await store.db.update(avatarFlags).set({ writtenRev: 2 });
  await nextRevision(store.db, { ...scope, kind: "training_data" });
  expect(await waited()).toBe(0);
});

test("project-adapter: the adapter that was changed first comes first", async () => {
  await using store = await openTestStore();
  for (const avatarId of ["2", "9", "5"]) {
    const scope = await prepareAvatar(withoutBackground(store), { avatarId });
    await store.db
      .update(adapters)
      .set({ publishSeq: Number(avatarId) })
      .where(adapterOf(scope));
  }
  const avatars = ["2", "5", "9"].map((avatarId) => ({ userId: "ada", avatarId }));
  expect(await dataOf(store, "project-adapter")).toEqual(avatars);
});

test("inspect-file: a hash that nobody knows is due in every folder, and a file that vanished is not", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const unknown = { sha256: null, report: null, updatedAt: new Date(0) };
  const id = await addFile(store, scope, { name: "a", kind: "media/audio", ...unknown });
  const faults = [{ name: "b", line: null, path: null, code: "dataset_changed", message: "" }];
  const report = { ...emptyReport, faultCount: 1, faults };
  await addFile(store, scope, { name: "b", kind: "media/audio", ...unknown, report });
  expect(await dataOf(store, "inspect-file")).toEqual([{ fileId: id }]);
});

test("delete-file: what a run has yet to read is not due, so that it holds nothing up", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const gone = { state: "deleting" as const, updatedAt: new Date(0) };
  await store.db.update(files).set(gone);
  const id = await addFile(store, scope, { name: "other", ...gone });
  expect(await dataOf(store, "delete-file")).toEqual([{ fileId: id }]);
});
