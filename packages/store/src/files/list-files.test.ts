import { sql } from "drizzle-orm";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureAvatar } from "../access/avatars.ts";
import { files } from "../tables/index.ts";
import { openTestStore, type TestStore } from "../testing/index.ts";
import { downloadFiles, type FileOrder, getFile, listFiles } from "./index.ts";

const scope = { userId: "ann", avatarId: "amy" };
const kind = "training_data";
const count = 2_345;
let store: TestStore;

beforeAll(async () => {
  store = await openTestStore();
  await ensureAvatar(store, scope);
  const rows = Array.from({ length: count }, (_, index) => ({
    id: ulid(),
    ...scope,
    kind: "training_data" as const,
    name: `f${String((index * 7919) % count).padStart(4, "0")}`,
    used: index % 3 === 0,
    state: "ready" as const,
    etag: "e",
    // Many files share a size and a moment: names decide between them.
    size: index % 10,
    sha256: "0",
    contentType: "text/plain",
    createdAt: sql`'2026-01-01T00:00:00.000001Z'::timestamptz + make_interval(secs => ${(index % 7) / 1_000_000})`,
  }));
  await store.db.insert(files).values(rows);
});
afterAll(() => store[Symbol.asyncDispose]());

const listAll = async (order: Partial<FileOrder>, limit: number) => {
  const found: { name: string; size: number; createdAt: Date }[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFiles(store, scope, { kind, filter: "all", limit, cursor, ...order });
    found.push(...page.files);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return found;
};

test.each<Partial<FileOrder>>([
  {},
  { descending: true },
  { sort: "size" },
  { sort: "size", descending: true },
  { sort: "createdAt" },
  { sort: "updatedAt", descending: true },
])("%j: every file once, page by page, past a thousand", async (order) => {
  const [paged, whole] = [await listAll(order, 200), await listAll(order, count + 1)];
  expect(paged.map(({ name }) => name)).toEqual(whole.map(({ name }) => name));
  expect(new Set(paged.map(({ name }) => name)).size).toBe(count);
});

test("sizes and moments are in their order, names between equal ones", async () => {
  const bySize = await listAll({ sort: "size", descending: true }, 500);
  const sorted = bySize.toSorted((one, other) => other.size - one.size || (one.name < other.name ? 1 : -1));
  expect(bySize).toEqual(sorted);
  const byTime = await listAll({ sort: "createdAt" }, 500);
  expect(byTime.map(({ createdAt }) => createdAt.getTime()).toSorted()).toEqual(
    byTime.map(({ createdAt }) => createdAt.getTime()),
  );
});

test("a cursor of another order is refused", async () => {
  const { nextCursor } = await listFiles(store, scope, { kind, filter: "all", limit: 1, sort: "size" });
  const other = listFiles(store, scope, {
    kind,
    filter: "all",
    limit: 1,
    sort: "createdAt",
    cursor: nextCursor ?? "",
  });
  await expect(other).rejects.toMatchObject({ code: "bad_input" });
});

test("one file is found by its name, in another form of Unicode too", async () => {
  expect(await getFile(store, scope, { kind, name: "f0007" })).toMatchObject({ name: "f0007" });
  await expect(getFile(store, scope, { kind, name: "u\u0308" })).rejects.toMatchObject({
    code: "file_not_found",
    message: "There is no file 'ü' in 'training_data'.",
  });
});

test("downloads come by names, or page by page", async () => {
  const folder = { ...scope, kind } as const;
  const { files: named } = await downloadFiles(store, folder, { names: ["f0002", "f0001"] });
  expect(named.map(({ name }) => name)).toEqual(["f0001", "f0002"]);
  const page = await downloadFiles(store, folder, { filter: "used", prefix: "f00", limit: 5 });
  expect(page.files).toHaveLength(5);
  expect(page.nextCursor).not.toBeNull();
  await expect(downloadFiles(store, folder, { names: ["f0001", "none"] })).rejects.toMatchObject({
    code: "file_not_found",
    details: { names: ["none"], missing: 1 },
  });
});
