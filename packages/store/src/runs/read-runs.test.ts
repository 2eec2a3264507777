import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openQueuedRun } from "../testing/open-run.ts";
import { listRuns } from "./index.ts";

test("a list of runs brings along none of what they read: of thousands of files that is megabytes a run", async () => {
  await using opened = await openQueuedRun();
  const { store, scope, run } = opened;
  await store.db.execute(sql`update runs set inputs = (select jsonb_agg(file) from generate_series(1, 10000) n,
    lateral (select n as "fileId", 'chats.jsonl' as name, 'e' as etag, repeat('a', 64) as sha256, 'train' as role) file)`);
  const page = await listRuns(store, scope, { limit: 10 });
  expect(page.runs).toMatchObject([{ id: run.id, config: run.config }]);
  expect(JSON.stringify(page).length).toBeLessThan(10_000);
});
