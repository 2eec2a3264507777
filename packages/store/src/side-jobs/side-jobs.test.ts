import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { expect, test, vi } from "vitest";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { markNamed } from "../files/delete-files.ts";
import { deleteFile, setFlags } from "../files/index.ts";
import { fileKey, probePrefix, uploadKey } from "../keys/index.ts";
import { headObject, listObjects, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { dictionaryOf, withoutBackground } from "../testing/flags.ts";
import {
  beginUpload,
  inspectLines,
  openTestStore,
  putBytes,
  storeFile,
  waitingForLocks,
} from "../testing/index.ts";
import { acceptUpload } from "../uploads/accept-upload.ts";
import { completeUpload } from "../uploads/index.ts";
import { startSideJobs } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const folder = { ...scope, kind: "training_data" } as const;
const options = { inspect: inspectLines };
/** Made older than the moment that work is left to its own process. */
const age = async (store: Store) => {
  await store.db.execute(sql`update uploads set completing_at = completing_at - interval '1 minute'`);
  await store.db.execute(sql`update files set updated_at = updated_at - interval '1 minute'`);
};
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 100_000, interval: 100 });

test("what crashed processes left is carried to its end: uploads, deletions, inspections, flags", async () => {
  await using store = await openTestStore();
  for (const name of ["deleted", "uninspected", "flipped"]) await storeFile(store, scope, { name });
  await store.background.settled();
  const upload = await beginUpload(store, scope, { name: "accepted" });
  await putBytes(upload, "accepted\n");
  await acceptUpload(store, scope, upload.uploadId);
  await markNamed(store, scope, { kind: "training_data", name: "deleted" });
  await store.db
    .update(files)
    .set({ state: "inspecting", report: null })
    .where(eq(files.name, "uninspected"));
  await setFlags(withoutBackground(store), folder, [{ name: "flipped", used: false }]);
  await age(store);

  await using _jobs = await startSideJobs(store, options);
  await eventually(async () => {
    const left = await store.db
      .select({ name: files.name, state: files.state })
      .from(files)
      .orderBy(files.name);
    expect(left).toEqual(["accepted", "flipped", "uninspected"].map((name) => ({ name, state: "ready" })));
    const dictionary = Object.fromEntries(await dictionaryOf(store, scope));
    expect(dictionary).toEqual({ accepted: true, flipped: false, uninspected: true });
  });
  expect(await headObject(store.objects, fileKey(scope, "training_data", "deleted"))).toBeUndefined();
  expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
});

test("the sweep runs at the start and ends expired uploads", async () => {
  await using store = await openTestStore();
  const upload = await beginUpload(store, scope, { name: "a" });
  await putBytes(upload, "a\n");
  await store.db.execute(
    sql`update uploads set urls_end_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'`,
  );
  await using _jobs = await startSideJobs(store, options);
  await eventually(async () => {
    expect(await store.db.select().from(uploads)).toMatchObject([
      { state: "expired", sweptAt: expect.any(Date) },
    ]);
  });
  expect(await Array.fromAsync(listObjects(store.objects, ""))).toEqual([]);
});

test("what an old URL put after its upload was completed goes with the sweep, and the file stays", async () => {
  await using store = await openTestStore();
  const upload = await beginUpload(store, scope, { name: "a", body: "kept\n" });
  await putBytes(upload, "kept\n");
  await completeUpload(store, scope, { uploadId: upload.uploadId, ...options });
  expect((await putBytes(upload, "kept\n")).ok).toBe(true);
  expect(await headObject(store.objects, uploadKey(upload.uploadId))).toBeDefined();
  await store.db.execute(sql`update uploads set urls_end_at = now() - interval '11 minutes'`);

  await using _jobs = await startSideJobs(store, options);
  await eventually(async () => {
    expect(await Array.fromAsync(listObjects(store.objects, "uploads/"))).toEqual([]);
  });
  expect(await headObject(store.objects, fileKey(scope, "training_data", "a"))).toMatchObject({ size: 5 });
});

test("what a killed probe left goes with the sweep", async () => {
  await using store = await openTestStore();
  const key = `${probePrefix(ulid(Date.now() - 3 * 3_600_000))}read-back/a`;
  await putObject(store.objects, { key, body: "probe" });
  await using _jobs = await startSideJobs(store, options);
  await eventually(async () => expect(await headObject(store.objects, key)).toBeUndefined());
});

test("a side job that fails is in the log and comes again", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  await storeFile(store, scope, { name: "a" });
  await markNamed(store, scope, { kind: "training_data", name: "a" });
  await age(store);
  proxy.setFault({ kind: "unavailable", matches: ({ method }) => method === "DELETE" });
  await using _jobs = await startSideJobs(store, options);
  const failure = { level: "warn", message: "a side job failed and is repeated" };
  await eventually(async () =>
    expect(store.logged).toContainEqual(
      expect.objectContaining({ ...failure, fields: expect.objectContaining({ queue: "delete-file" }) }),
    ),
  );
  proxy.setFault();
  await eventually(async () => expect(await store.db.$count(files)).toBe(0));
});

test("two hosts side by side do each job once, and an inspection that crashes comes again", async () => {
  await using store = await openTestStore();
  await storeFile(store, scope, { name: "a" });
  await store.db.update(files).set({ state: "inspecting", report: null, inspections: 0 });
  await age(store);
  let inspections = 0;
  const inspect: typeof inspectLines = async (...file) => {
    inspections += 1;
    if (inspections === 1) throw new Error("crashed");
    return inspectLines(...file);
  };
  await using _one = await startSideJobs(store, { inspect });
  await using _other = await startSideJobs(store, { inspect });
  await eventually(async () => {
    expect(await store.db.select().from(files)).toMatchObject([{ state: "ready", report: { rows: 1 } }]);
  });
  expect(inspections).toBe(2);
});

test("side jobs end cleanly and leave deletions of the meantime to the next start", async () => {
  await using store = await openTestStore();
  const file = { kind: "training_data", name: "a" } as const;
  await storeFile(store, scope, file);
  await (await startSideJobs(store, options))[Symbol.asyncDispose]();
  await deleteFile(store, scope, file);
  expect(await store.db.$count(files)).toBe(0);
});

test("a start waits for the tables that another process is making", async () => {
  await using store = await openTestStore();
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const other = withAdvisoryLock(store, "side-jobs", (db) =>
    db.transaction(async (tx) => {
      await tx.execute(sql`create schema pgboss`);
      begun.resolve();
      await release.promise;
    }),
  );
  await begun.promise;
  const starting = startSideJobs(store, options);
  await eventually(async () => expect(await waitingForLocks(store)).toBe(1));
  release.resolve();
  await other;
  await using _jobs = await starting;
});
