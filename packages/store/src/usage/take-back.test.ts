import { asc, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { usageLedger } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { takeBack } from "./take-back.ts";

const userId = "ada";
const hourOf = (hour: string) => new Date(`2026-05-${hour}:00:00Z`);

test("what a step of many minutes was billed leaves each hour as far as it lasted, and what others used stays", async () => {
  await using store = await openTestStore();
  const billed = { userId, tokens: 7, cost: 6_000 };
  await store.db.insert(usageLedger).values([
    { ...billed, hour: hourOf("01T22"), gpuSeconds: 900 },
    { ...billed, hour: hourOf("01T23"), gpuSeconds: 2_700 + 300 },
    { ...billed, hour: hourOf("02T00"), gpuSeconds: 300 + 200 },
  ]);
  const left = async () =>
    (await store.db.select().from(usageLedger).orderBy(asc(usageLedger.hour))).map(
      ({ tokens, gpuSeconds, cost }) => [tokens, gpuSeconds, cost],
    );
  const takeFrom = (seconds: number) =>
    store.db.transaction((tx) =>
      takeBack(tx, { userId, seconds, cost: 2 * seconds }, sql`'2026-05-02T00:05:00Z'::timestamptz`),
    );

  await takeFrom(3_000);
  expect(await left()).toEqual([
    [7, 900, 6_000],
    [7, 300, 600],
    [7, 200, 5_400],
  ]);
  // More than a clock allows is taken where it is.
  await takeFrom(1_400);
  expect(await left()).toEqual([
    [7, 0, 4_200],
    [7, 0, 0],
    [7, 0, 5_000],
  ]);
});
