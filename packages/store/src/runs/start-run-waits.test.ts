import { eq } from "drizzle-orm";
import { ulid } from "ulid";
import { expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../adapters/index.ts";
import { emptyReport } from "../files/empty-report.ts";
import { setFlags } from "../files/index.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { openTestStore, waitingForLocks } from "../testing/index.ts";
import { addFile, prepareAvatar, queueRun } from "../testing/scenario.ts";
import type { Transaction } from "../transaction.ts";

const scope = { userId: "ada", avatarId: "one" };
const folder = { ...scope, kind: "training_data" } as const;

test("a start waits for an upload on its way to its place and for an inspection", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const uploadId = await addCompletingUpload(store, scope);
  const fileId = await addFile(store, scope, { state: "inspecting", report: null });
  let ended = false;
  const starting = queueRun(store, scope).finally(() => {
    ended = true;
  });
  await store.db.update(files).set({ state: "ready" }).where(eq(files.id, fileId));
  // Longer than the start needs where nothing holds it up.
  await queueRun(store, await prepareAvatar(store, { avatarId: "two" }));
  expect(ended).toBe(false);
  await store.db.update(uploads).set({ state: "completed" }).where(eq(uploads.id, uploadId));
  expect((await starting).inputs).toMatchObject([{ fileId }]);
});

test("a file that is replaced after the wait is waited for again, and its faults refuse the start", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  const id = await addFile(store, scope, { name: "chats.jsonl" });
  // The start has seen a file that is ready and waits for its row.
  const held = await hold(store, (tx) => tx.select().from(files).where(eq(files.id, id)).for("update"));
  const faults = [{ name: "chats.jsonl", line: 1, path: null, code: "invalid_json", message: "No JSON." }];
  const refused = expect(queueRun(store, scope)).rejects.toMatchObject({
    code: "invalid_training_file",
    details: { faults },
  });
  await waiting(store, 1);
  await held.release((tx) =>
    tx.update(files).set({ state: "inspecting", etag: "new", report: null }).where(eq(files.id, id)),
  );
  // Longer than the start needs where nothing holds it up.
  await queueRun(store, await prepareAvatar(store, { avatarId: "two" }));
  const report = { ...emptyReport, rows: 1, faultCount: 1, faults };
  await store.db.update(files).set({ state: "ready", report }).where(eq(files.id, id));
  await refused;
});

test("a file that is left out of training holds no start up while it is inspected", async () => {
  await using store = await openTestStore();
  await prepareAvatar(store, scope);
  await addFile(store, scope, { name: "large.jsonl", used: false, state: "inspecting", report: null });
  expect((await queueRun(store, scope)).inputs).toMatchObject([{ name: "chats.jsonl" }]);
});

test("a file that is not ready in time is named, and the start can be tried again", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  await addFile(store, scope, { name: "large.jsonl", state: "inspecting", report: null });
  hurryTheClock();
  const starting = queueRun(store, scope);
  await expect(starting).rejects.toMatchObject({
    code: "files_not_ready",
    retryable: true,
    message: expect.stringContaining("'large.jsonl'"),
  });
});

/** Each look at it finds it half a minute on, whoever else of this process looks at it meanwhile. */
const hurryTheClock = (): void => {
  const readClock = performance.now.bind(performance);
  let looks = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => readClock() + 30_000 * looks++);
  onTestFinished(() => clock.mockRestore());
};

test("a start and a change of several flags at once wait for each other and both succeed", async () => {
  await using store = await openTestStore();
  await createAdapter(store, scope, { baseModel: "tiny" });
  // The order of ids is not that of names.
  await addFile(store, scope, { id: "1", name: "z.jsonl" });
  await addFile(store, scope, { id: "2", name: "a.jsonl" });
  const held = await hold(store, (tx) => tx.select().from(files).where(eq(files.id, "1")).for("update"));
  const starting = queueRun(store, scope);
  // Until then it gives its wait up and begins again, behind whoever came meanwhile.
  await waitingPatiently(store);
  const flags = ["a.jsonl", "z.jsonl"].map((name) => ({ name, used: false }));
  const setting = setFlags(store, folder, flags);
  await waiting(store, 2);
  await held.release();
  const [run, changed] = await Promise.all([starting, setting]);
  expect(run.inputs).toHaveLength(2);
  expect(changed).toHaveLength(2);
});

/** Does something in a transaction that stays open, with its locks, until it is released. */
const hold = async (store: Store, take: (tx: Transaction) => Promise<unknown>) => {
  const taken = Promise.withResolvers<void>();
  const free = Promise.withResolvers<(tx: Transaction) => Promise<unknown>>();
  const holding = store.db.transaction(async (tx) => {
    await take(tx);
    taken.resolve();
    await (await free.promise)(tx);
  });
  await taken.promise;
  return {
    release: (last: (tx: Transaction) => Promise<unknown> = async () => {}) => {
      free.resolve(last);
      return holding;
    },
  };
};

/** Until so many wait for a lock. */
const waiting = (store: Store, count: number) =>
  vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(count), 100_000);

/** Until somebody waits for longer than a start waits that others are gathered with. */
const waitingPatiently = ({ pool }: Store) =>
  vi.waitFor(async () => {
    const { rowCount } = await pool.query(`select from pg_locks join pg_stat_activity using (pid)
      where datname = current_database() and clock_timestamp() - waitstart > interval '1 second'`);
    expect(rowCount).toBe(1);
  }, 100_000);

const addCompletingUpload = async (store: Store, { userId, avatarId }: AvatarScope): Promise<string> => {
  const id = ulid();
  await store.db.insert(uploads).values({
    id,
    userId,
    avatarId,
    kind: "training_data",
    name: "chats.jsonl",
    size: 100,
    contentType: "application/jsonl",
    sha256: "0",
    state: "completing",
    expiresAt: new Date(),
  });
  return id;
};
