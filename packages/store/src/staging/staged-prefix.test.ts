import { sql } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { listObjects, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { stagedPrefixes } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { sweepStagedPrefixes, whileStaged } from "./index.ts";

afterEach(() => vi.useRealTimers());

const prefix = "users/ada/avatars/mia/adapters/exports/one/";
const tenMinutes = 600_000;

const minutesLeft = async ({ db }: Store): Promise<number> => {
  const left = sql<number>`extract(epoch from ${stagedPrefixes.dueAt} - now())::float / 60`;
  const [row] = await db.select({ left }).from(stagedPrefixes);
  return row?.left ?? expect.unreachable("Nothing is staged.");
};

test("what is still being written is not swept, however long that takes", async () => {
  await using store = await openTestStore();
  vi.useFakeTimers({ toFake: ["setInterval"] });
  await whileStaged(store, prefix, async () => {
    await putObject(store.objects, { key: `${prefix}archive.zip`, body: "half" });
    await store.db.update(stagedPrefixes).set({ dueAt: sql`now() + interval '5 minutes'` });
    await vi.advanceTimersByTimeAsync(tenMinutes);
    await vi.waitUntil(async () => (await minutesLeft(store)) > 50, { timeout: 100_000 });
    await sweepStagedPrefixes(store);
    const keys = await Array.fromAsync(listObjects(store.objects, prefix), ({ key }) => key);
    expect(keys).toEqual([`${prefix}archive.zip`]);
  });
});
