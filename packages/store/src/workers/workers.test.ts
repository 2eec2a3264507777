import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { cancelRun, handBack, recordCheckpoint } from "../runs/index.ts";
import type { Store } from "../store.ts";
import { runSweeps } from "../sweeps/index.ts";
import { awaitedBases, workers } from "../tables/index.ts";
import { openTestStore, waitingForLocks } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { setLimits } from "../usage/index.ts";
import {
  awaitBase,
  type Claimable,
  claimBase,
  gatewayMessages,
  heartbeatWorker,
  listAwaited,
  listLiveWorkers,
  type NewWorker,
  registerWorker,
  removeWorker,
} from "./index.ts";

const worker: NewWorker = {
  id: "w1",
  url: "http://127.0.0.1:4000",
  engineKey: "tiny@main/float32/none",
  roles: ["train", "serve"],
  state: "starting",
  slots: 1,
};

test("a worker lives from its registration until it leaves, and changes with its heartbeat", async () => {
  await using store = await openTestStore();
  await registerWorker(store, worker);
  expect(await listLiveWorkers(store)).toMatchObject([worker]);
  expect(await heartbeatWorker(store, "w1", { state: "ready", freeMemoryBytes: 1e10 })).toEqual({
    drainRequested: false,
  });
  expect(await listLiveWorkers(store)).toMatchObject([{ state: "ready", freeMemoryBytes: 1e10 }]);
  await removeWorker(store, "w1");
  expect(await listLiveWorkers(store)).toEqual([]);
  expect(await heartbeatWorker(store, "w1")).toBeUndefined();
});

test("a worker that is not heard of for 30 seconds is not live until its next heartbeat", async () => {
  await using store = await openTestStore();
  await registerWorker(store, worker);
  await lastHeard(store, "w1", "31 seconds");
  expect(await listLiveWorkers(store)).toEqual([]);
  await heartbeatWorker(store, "w1");
  expect(await listLiveWorkers(store)).toHaveLength(1);
});

test("workers are found by engine key and role", async () => {
  await using store = await openTestStore();
  await registerWorker(store, worker);
  await registerWorker(store, { ...worker, id: "w2", roles: ["serve"] });
  await registerWorker(store, { ...worker, id: "w3", engineKey: "other@main/float32/none" });
  const idsOf = async (filter: Parameters<typeof listLiveWorkers>[1]) =>
    (await listLiveWorkers(store, filter)).map(({ id }) => id);
  expect(await idsOf({ engineKey: worker.engineKey })).toEqual(["w1", "w2"]);
  expect(await idsOf({ engineKey: worker.engineKey, role: "train" })).toEqual(["w1"]);
  expect(await idsOf({ role: "serve" })).toEqual(["w1", "w2", "w3"]);
});

test("registering again takes the place of the earlier one, and a sweep forgets those long gone", async () => {
  await using store = await openTestStore();
  for (const id of ["gone", "silent"]) await registerWorker(store, { ...worker, id });
  await lastHeard(store, "gone", "25 hours");
  await lastHeard(store, "silent", "23 hours");
  expect((await runSweeps(store)).find(({ name }) => name === "gone-workers")).toMatchObject({ removed: 1 });
  expect(await heartbeatWorker(store, "gone")).toBeUndefined();
  await removeWorker(store, "silent");
  await registerWorker(store, worker);
  await registerWorker(store, { ...worker, url: "http://127.0.0.1:5000" });
  const rows = await store.db.select().from(workers);
  expect(rows).toMatchObject([{ id: "w1", url: "http://127.0.0.1:5000" }]);
});

const key = "other@main/float32/none";
const chooseFirst = ({ awaited }: Claimable) => awaited[0]?.engineKey;

test("a call waits for a base until nobody has asked for a minute", async () => {
  await using store = await openTestStore();
  await awaitBase(store, key);
  const first = await listAwaited(store);
  expect(first).toMatchObject([{ engineKey: key, runs: 0, calls: true }]);
  await awaitBase(store, key);
  const [again] = await listAwaited(store);
  expect(again?.seconds).toBeGreaterThan(first[0]?.seconds ?? Number.POSITIVE_INFINITY);
  const longAgo = sql`now() - interval '61 seconds'`;
  await store.db.update(awaitedBases).set({ since: longAgo, askedAt: longAgo });
  expect(await listAwaited(store)).toEqual([]);
  await awaitBase(store, key);
  expect((await listAwaited(store))[0]?.seconds).toBeLessThan(60);
});

test("who has reached a limit waits for no base, but for the end of a run that is to keep what it has learnt", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store);
  await queueRun(store, ada, { engineKey: key });
  const waits = () => listAwaited(store);
  expect(await waits()).toMatchObject([{ engineKey: key, runs: 1 }]);
  await setLimits(store, undefined, { gpuSecondsPerDay: 10 });
  await addUsage(store, { userId: "ada", gpuSeconds: 10 });
  expect(await waits()).toEqual([]);
  await setLimits(store, "ada", { gpuSecondsPerDay: null, concurrentRuns: 1 });
  expect(await waits()).toHaveLength(1);
  await queueRun(store, ada);
  const run = await claimNextRun(store);
  expect(await waits()).toEqual([]);
  await recordCheckpoint(store, run, { step: 1, files: [] });
  await handBack(store, run);
  await cancelRun(store, ada, run.id, { keep: "checkpoint" });
  await setLimits(store, "ada", { concurrentRuns: 0 });
  expect(await waits()).toMatchObject([{ engineKey: worker.engineKey, runs: 1 }]);
  const bob = await prepareAvatar(store, { userId: "bob" });
  await queueRun(store, bob, { engineKey: key });
  expect((await waits()).map(({ engineKey }) => engineKey).sort()).toEqual([key, worker.engineKey].sort());
});

test("a worker that decides while another one does sees that one's choice", async () => {
  await using store = await openTestStore();
  for (const id of ["w1", "w2"]) await registerWorker(store, { ...worker, id, state: "ready" });
  await awaitBase(store, key);
  const seen: { heldElsewhere: string[]; coming: string[] }[] = [];
  const choose = (claimable: Claimable) => {
    seen.push({ heldElsewhere: [...claimable.heldElsewhere], coming: [...claimable.coming] });
    return chooseFirst(claimable);
  };
  const deciding: Promise<unknown>[] = [];
  await store.db.transaction(async (tx) => {
    await tx.select().from(workers).where(eq(workers.id, "w1")).for("update");
    deciding.push(claimBase(store, { workerId: "w1", choose }));
    await vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(1), 100_000);
    deciding.push(claimBase(store, { workerId: "w2", choose }));
    await vi.waitFor(async () => expect(await waitingForLocks(store)).toBe(2), 100_000);
  });
  expect(await Promise.all(deciding)).toEqual([key, key]);
  expect(seen).toEqual([
    { heldElsewhere: [worker.engineKey], coming: [] },
    { heldElsewhere: [], coming: [key] },
  ]);
});

test("a worker whose engine does not come up holds its base for nobody", async () => {
  await using store = await openTestStore();
  await registerWorker(store, { ...worker, id: "w1", state: "starting" });
  const seen: string[] = [];
  const choose = ({ heldElsewhere }: Claimable) => void seen.push(...heldElsewhere);
  await claimBase(store, { workerId: "w2", choose });
  await heartbeatWorker(store, "w1", { ...worker, state: "ready" });
  await claimBase(store, { workerId: "w2", choose });
  expect(seen).toEqual([worker.engineKey]);
});

test("a gateway's message with a field it doesn't know is refused", () => {
  const { request, line } = gatewayMessages["/count-tokens"];
  const file = { name: "a.jsonl", key: "users/ada/a.jsonl", etag: "1" };
  const reading = { method: "sft", maxLength: 512, overLength: "drop", skipInvalidRows: true };
  expect(request.safeParse({ file, reading }).success).toBe(true);
  expect(request.safeParse({ file, reading, userId: "ada" }).success).toBe(false);
  expect(line.safeParse({ type: "progress" }).success).toBe(true);
  const error = {
    code: "engine_busy",
    message: "A run trains.",
    remedy: "Wait.",
    retryable: true,
    fault: "system",
  };
  expect(line.safeParse({ type: "error", error }).success).toBe(true);
  expect(line.safeParse({ type: "error", error: { ...error, code: "no_such_code" } }).success).toBe(false);
});

const lastHeard = async (store: Store, id: string, ago: string) => {
  await store.db
    .update(workers)
    .set({ heartbeatAt: sql`now() - ${ago}::interval` })
    .where(eq(workers.id, id));
};
