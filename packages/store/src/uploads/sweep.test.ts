import { startFaultProxy, testServices } from "@loraloom/testkit";
import { eq, sql } from "drizzle-orm";
import { ulid } from "ulid";
import { afterEach, expect, test, vi } from "vitest";
import { probePrefix, uploadKey } from "../keys/index.ts";
import { listMultiparts, listObjects, putObject, startMultipart } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";
import { beginUpload, openTestStore } from "../testing/index.ts";
import { sweepExpiredUploads, sweepUnownedObjects } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const hoursAgo = (hours: number): string => ulid(Date.now() - hours * 3_600_000);
const keysOf = async (store: Store): Promise<string[]> =>
  (await Array.fromAsync(listObjects(store.objects, "uploads/"), ({ key }) => key)).sort();
const put = (store: Store, key: string) => putObject(store.objects, { key, body: "late" });
/** An upload that was begun a while ago, with an object in its place. */
const putUpload = async (store: Store, id: string, changes: Partial<typeof uploads.$inferInsert>) => {
  const { uploadId } = await beginUpload(store, scope, { name: id });
  const before = { urlsEndAt: sql`now() - interval '3 hours'`, expiresAt: sql`now() - interval '2 hours'` };
  await store.db
    .update(uploads)
    .set({ ...before, id, ...changes })
    .where(eq(uploads.id, uploadId));
  await put(store, uploadKey(id));
  return uploadKey(id);
};

afterEach(() => {
  vi.useRealTimers();
});

test("bytes that came after their upload was swept or forgotten go; an accepted upload's stay", async () => {
  await using store = await openTestStore();
  await putUpload(store, hoursAgo(3), { state: "completed", sweptAt: new Date() });
  const accepted = await putUpload(store, hoursAgo(4), { state: "completing", completingAt: new Date() });
  const unswept = await putUpload(store, hoursAgo(5), { state: "completed" });
  await put(store, uploadKey(hoursAgo(26)));
  const young = uploadKey(ulid());
  await put(store, young);
  await sweepUnownedObjects(store);
  expect(await keysOf(store)).toEqual([accepted, unswept, young].sort());
});

test("what a probe that was killed left goes once it is old, and keys that are none of ours stay", async () => {
  await using store = await openTestStore();
  await put(store, `${probePrefix(hoursAgo(3))}copy/from`);
  const kept = [`${probePrefix(ulid())}copy/from`, "uploads/notes.txt", "uploads/.probe/notes/a"];
  for (const key of kept) await put(store, key);
  await sweepUnownedObjects(store);
  expect(await keysOf(store)).toEqual(kept.sort());
});

test("a host whose clock is hours ahead removes nothing that others are just bringing", async () => {
  await using store = await openTestStore();
  const kept = [`${probePrefix(ulid())}copy/from`, uploadKey(ulid())];
  for (const key of kept) await put(store, key);
  const parts = { key: uploadKey(ulid()), contentType: "text/plain", metadata: {} };
  await startMultipart(store.objects, parts);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 3_600_000 });
  expect(await sweepUnownedObjects(store)).toBe(0);
  expect(await keysOf(store)).toEqual(kept.sort());
  expect(await Array.fromAsync(listMultiparts(store.objects, "uploads/"))).toMatchObject([
    { key: parts.key },
  ]);
});

test("an object that can't be removed doesn't keep the others, and its upload comes again", async () => {
  await using proxy = await startFaultProxy({ target: testServices().s3.endpoint });
  await using store = await openTestStore({ endpoint: proxy.url });
  const ids = [hoursAgo(3), hoursAgo(4), hoursAgo(5)];
  for (const id of ids) await putUpload(store, id, { state: "failed" });
  const oldest = ids[2] ?? "";
  proxy.setFault({
    kind: "unavailable",
    matches: ({ method, path }) => method === "DELETE" && path.includes(oldest),
  });
  await expect(sweepExpiredUploads(store)).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(await keysOf(store)).toEqual([uploadKey(oldest)]);
  proxy.setFault();
  await sweepExpiredUploads(store);
  expect(await keysOf(store)).toEqual([]);
});
