import { Socket } from "node:net";
import { eq } from "drizzle-orm";
import type pg from "pg";
import { expect, test } from "vitest";
import { runs } from "../tables/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { testFrozen, testProgress } from "../testing/run-records.ts";
import {
  recordCheckpoint,
  recordEvaluation,
  recordFrozen,
  recordProgress,
  recordStarted,
  renewLease,
} from "./index.ts";

const bytesOf = ({ connection: { stream } }: pg.PoolClient): number =>
  stream instanceof Socket ? stream.bytesRead : expect.fail("The database is asked over no socket.");

/** Counts what the database answers from now on. */
const countAnswers = (pool: pg.Pool): (() => number) => {
  const before = new Map<pg.PoolClient, number>();
  let answered = 0;
  pool.on("acquire", (client) => before.set(client, bytesOf(client)));
  pool.on("release", (_, client) => {
    answered += bytesOf(client) - (before.get(client) ?? 0);
  });
  return () => answered;
};

test("what a worker writes of a run of ten thousand files is answered without them", async () => {
  await using opened = await openClaimedRun();
  const { store, run } = opened;
  const inputs = Array.from({ length: 10_000 }, (_, index) => {
    const name = `chats-${index}.jsonl`;
    return { fileId: run.id, name, etag: run.id, sha256: "0".repeat(64), role: "train" as const };
  });
  await store.db.update(runs).set({ inputs }).where(eq(runs.id, run.id));
  await store.background.settled();
  const answered = countAnswers(store.pool);

  await recordFrozen(store, run, testFrozen());
  await recordStarted(store, run, { steps: 4, resumedFromStep: 0 });
  await recordProgress(store, run, testProgress);
  await recordEvaluation(store, run, {
    ...{ phase: "during", step: 1, loss: 3, accuracy: 0.5, perplexity: 20, tokens: 10 },
    ...{ reward: null, preferences: null, rewards: null },
  });
  await recordCheckpoint(store, run, { step: 1, files: [] });
  expect(await renewLease(store, { ...run, leaseSeconds: 300 })).toEqual({
    cancelRequested: false,
    cancelKeeps: false,
    limitReached: undefined,
  });
  expect(answered()).toBeGreaterThan(0);
  expect(answered()).toBeLessThan(20_000);
});
