import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { claimNextRun, prepareAvatar, queueRun } from "../testing/scenario.ts";
import { findQueuePlace } from "./index.ts";
import type { Run } from "./run.ts";

/** Queues copies of a run, a second after each other from it on. */
const queueCopies = async (store: Store, { id }: Run, copies: number): Promise<Run[]> => {
  const [run] = await store.db.select().from(runs).where(sql`id = ${id}`);
  if (!run) throw new Error("The run is gone.");
  const rows = Array.from({ length: copies }, (_, index) => ({
    ...run,
    id: `${id}-${String(index).padStart(5, "0")}`,
    createdAt: new Date(run.createdAt.getTime() + (index + 1) * 1000),
  }));
  await store.db.insert(runs).values(rows);
  return rows;
};

test("a place is told of each run of a short queue as it is at that moment", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const first = await queueRun(store, scope);
  const second = await queueRun(store, scope);
  expect(await findQueuePlace(store, second)).toEqual({ position: 2, isPaused: false });
  await claimNextRun(store);
  expect(await findQueuePlace(store, first)).toBeNull();
  expect(await findQueuePlace(store, second)).toEqual({ position: 1, isPaused: false });
});

test("in a long queue a run that came since stands behind those that its user had, and before who was served more", async () => {
  await using store = await openTestStore();
  const ada = await prepareAvatar(store, { userId: "ada" });
  const bob = await prepareAvatar(store, { userId: "bob" });
  // Served: from now on whoever was not comes first.
  await queueRun(store, ada);
  await claimNextRun(store);
  const copies = await queueCopies(store, await queueRun(store, ada), 1_000);
  const [firstOfBob, secondOfBob] = [await queueRun(store, bob), await queueRun(store, bob)];
  const last = copies.at(-1);
  if (!last) throw new Error("There are no copies.");
  expect(await findQueuePlace(store, last)).toEqual({ position: 1_003, isPaused: false });
  expect(await findQueuePlace(store, firstOfBob)).toEqual({ position: 1, isPaused: false });
  // Read within the second for which the queue is kept, or else anew: their places are the same.
  expect(await findQueuePlace(store, secondOfBob)).toEqual({ position: 2, isPaused: false });
  expect(await findQueuePlace(store, await queueRun(store, bob))).toEqual({ position: 3, isPaused: false });
});
