import { expect, test, vi } from "vitest";
import { cancelRun, recordCheckpoint } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runEvents } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { openQueuedRun } from "../testing/open-run.ts";
import { claimNextRun, prepareAvatar, publishRun, queueRun } from "../testing/scenario.ts";
import { appendEvent, type RunEvent, readEvents, runEventSchema, watchRunEvents } from "./index.ts";

/** Far longer than it takes: a busy machine is no fault. */
const soon = { timeout: 100_000 };

test("events written at once by many are numbered without a gap", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  const write = () =>
    store.db.transaction((tx) => appendEvent(tx, run.id, { type: "checkpointed", data: { step: 1 } }));
  await Promise.all(Array.from({ length: 40 }, write));
  const events = await readEvents(store, run.id, { after: 0, limit: 100 });
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
});

test("an event whose transaction fails leaves no gap", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  const failing = store.db.transaction(async (tx) => {
    await appendEvent(tx, run.id, { type: "checkpointed", data: { step: 1 } });
    throw new Error("after the event");
  });
  await expect(failing).rejects.toThrow("after the event");
  await cancelRun(store, scope, run.id);
  const events = await readEvents(store, run.id, { after: 0, limit: 100 });
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, "run-queued"],
    [2, "run-cancelled"],
  ]);
});

test("an event that is not of the schema is refused", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  const write = store.db.transaction((tx) =>
    appendEvent(tx, run.id, { type: "checkpointed", data: { step: Number.NaN } }),
  );
  await expect(write).rejects.toThrow();
  expect(await store.db.select().from(runEvents)).toHaveLength(1);
});

test("a watcher sees what was, then each event as it happens, and ends with the terminal one", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const seen: RunEvent[] = [];
  const watching = collect(watcher.watch(id), seen);
  await vi.waitFor(() => expect(typesOf(seen)).toEqual(["run-queued"]), soon);
  const run = await claimNextRun(store);
  await vi.waitFor(() => expect(typesOf(seen)).toEqual(["run-queued", "run-claimed"]), soon);
  await publishRun(store, run);
  await watching;
  expect(typesOf(seen)).toEqual(["run-queued", "run-claimed", "run-exporting", "run-completed"]);
  expect(seen.every((event) => runEventSchema.safeParse(event).success)).toBe(true);
});

test("a watcher that lost its connection misses and repeats nothing", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  const seen: RunEvent[] = [];
  const watching = collect(watcher.watch(run.id), seen);
  await vi.waitFor(() => expect(seen).toHaveLength(2), soon);

  for (let step = 1; step <= 30; step += 1) {
    if (step % 10 === 0) expect(await cutListeners(store)).toBeGreaterThan(0);
    await recordCheckpoint(store, run, { step, files: [] });
    if (step % 10 === 0) await vi.waitUntil(() => isListening(store), soon);
  }
  await publishRun(store, run);
  await watching;
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 34 }, (_, index) => index + 1));
});

test("after a reconnection events come at once again", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await cutListeners(store);
  await vi.waitUntil(() => isListening(store), soon);
  const seen: RunEvent[] = [];
  const watching = collect(watcher.watch(run.id, { after: 2 }), seen);
  await publishRun(store, run);
  await watching;
  expect(typesOf(seen)).toEqual(["run-exporting", "run-completed"]);
});

test("a watch goes on after the given event, and ends at once where nothing is left", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await publishRun(store, run);
  const rest: RunEvent[] = [];
  await collect(watcher.watch(run.id, { after: 2 }), rest);
  expect(rest.map(({ seq }) => seq)).toEqual([3, 4]);
  const none: RunEvent[] = [];
  await collect(watcher.watch(run.id, { after: 4 }), none);
  expect(none).toEqual([]);
});

test("many events are replayed page by page", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  await queueRun(store, scope);
  const run = await claimNextRun(store);
  await store.db.transaction(async (tx) => {
    for (let step = 1; step <= 250; step += 1) {
      await appendEvent(tx, run.id, { type: "checkpointed", data: { step } });
    }
  });
  await publishRun(store, run);
  const seen: RunEvent[] = [];
  await collect(watcher.watch(run.id), seen);
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 254 }, (_, index) => index + 1));
});

test("an abort ends a watch that waits", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  const scope = await prepareAvatar(store);
  const { id } = await queueRun(store, scope);
  const abort = new AbortController();
  const seen: RunEvent[] = [];
  const watching = collect(watcher.watch(id, { signal: abort.signal }), seen);
  await vi.waitFor(() => expect(seen).toHaveLength(1), soon);
  abort.abort();
  await watching;
});

test("an unknown run can't be watched", async () => {
  await using store = await openTestStore();
  await using watcher = await watchRunEvents(store);
  await expect(collect(watcher.watch("none"), [])).rejects.toMatchObject({ code: "run_not_found" });
});

test("watchers of one run share what they read, and read nothing while nothing happens", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  await using watcher = await watchRunEvents(store);
  const abort = new AbortController();
  const seen: RunEvent[][] = Array.from({ length: 300 }, () => []);
  const watching = seen.map((into) => collect(watcher.watch(run.id, { signal: abort.signal }), into));
  await vi.waitFor(() => expect(seen.every((events) => events.length === 1)).toBe(true), soon);
  const queries = vi.spyOn(store.pool, "query");
  const reads = () => queries.mock.calls.filter(([query]) => Object(query).name === "read-run-events").length;
  for (let step = 1; step <= 10; step += 1) {
    await store.db.transaction((tx) => appendEvent(tx, run.id, { type: "checkpointed", data: { step } }));
    await vi.waitFor(() => expect(seen.every((events) => events.length === step + 1)).toBe(true), soon);
  }
  // One that finds the event, and one that finds nothing more where the notification came late.
  expect(reads()).toBeLessThan(50);
  abort.abort();
  await Promise.all(watching);
  expect(new Set(seen.map((events) => events.map(({ seq }) => seq).join()))).toHaveLength(1);
});

test("an event whose notification was lost is found all the same", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  await using watcher = await watchRunEvents(store);
  const abort = new AbortController();
  const seen: RunEvent[] = [];
  const watching = collect(watcher.watch(run.id, { signal: abort.signal }), seen);
  await vi.waitFor(() => expect(seen).toHaveLength(1), soon);
  await store.pool.query(`with numbered as (update runs set event_seq = 2 returning id)
    insert into run_events (run_id, seq, attempt, type, data)
    select id, 2, 0, 'checkpointed', '{"step": 1}' from numbered`);
  await vi.waitFor(() => expect(seen).toHaveLength(2), soon);
  abort.abort();
  await watching;
});

const collect = async (events: AsyncIterable<RunEvent>, into: RunEvent[]) => {
  for await (const event of events) into.push(event);
};

const typesOf = (events: RunEvent[]) => events.map(({ type }) => type);

const listeners = `from pg_stat_activity
  where datname = current_database() and application_name = 'loraloom-listen'`;

/** Once they are gone: until then each would still count as one that listens. */
const cutListeners = async (store: Store): Promise<number> =>
  (await store.pool.query(`select pg_terminate_backend(pid, 100000) ${listeners}`)).rowCount ?? 0;

const isListening = async (store: Store): Promise<boolean> =>
  (await store.pool.query(`select 1 ${listeners} and query like 'listen%' and state = 'idle'`)).rowCount ===
  1;
