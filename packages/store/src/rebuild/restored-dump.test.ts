import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPostgresProgram } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { createAdapter, getAdapter, projectAdapter } from "../adapters/index.ts";
import { eraseScope, respectTombstones } from "../erase/index.ts";
import { projectFlags, setFlags } from "../files/index.ts";
import { inspectAll, viewOf } from "../testing/avatar-view.ts";
import { inspectLines, openTestStore, storeFile } from "../testing/index.ts";
import { sweepNow } from "../testing/run-objects.ts";
import { openEmptyDatabase } from "../testing/same-bucket.ts";
import { trainVersion } from "../testing/scenario.ts";
import { readLimitsOf, setLimits } from "../usage/index.ts";
import { rebuild } from "./index.ts";

const scope = { userId: "ada", avatarId: "one" };
const folder = { ...scope, kind: "training_data" } as const;
const left = { userId: "eve", avatarId: "two" };

test("a dump, restored as docs/operations.md says: what it holds is there, what came later is adopted, who was erased is gone", async () => {
  await using store = await openTestStore();
  await using temporary = await mkdtempDisposable(join(tmpdir(), "loraloom-dump-"));
  const dump = join(temporary.path, "loraloom.dump");
  for (const avatar of [scope, left]) await createAdapter(store, avatar, { baseModel: "tiny" });
  await storeFile(store, scope, { name: "a.jsonl" });
  await trainVersion(store, scope);
  await storeFile(store, left, { name: "theirs.jsonl" });
  await setLimits(store, "ada", { queuedRuns: 7 });
  await runPostgresProgram("pg_dump", ["--format=custom", `--file=${dump}`, store.config.databaseUrl]);

  const version = await trainVersion(store, scope);
  await storeFile(store, scope, { name: "b.jsonl" });
  await setFlags(store, folder, [{ name: "a.jsonl", used: false }]);
  await projectFlags(store, folder);
  await projectAdapter(store, scope);
  await eraseScope(store, { userId: "eve", avatarId: null });
  await sweepNow(store);
  await store.background.settled();
  const before = await viewOf(store, scope);

  await using restored = await openEmptyDatabase(store, (databaseUrl) =>
    runPostgresProgram("pg_restore", ["--exit-on-error", `--dbname=${databaseUrl}`, dump]),
  );
  await respectTombstones(restored);
  expect(await rebuild(restored, { inspect: inspectLines })).toMatchObject({
    ...{ versions: 1, runs: 1, files: { adopted: 1, missing: 0 }, damaged: { count: 0 } },
  });
  await inspectAll(restored);
  expect(await getAdapter(restored, scope)).toMatchObject({ currentVersion: version });
  expect(await viewOf(restored, scope)).toEqual(before);
  expect(await readLimitsOf(restored.db, "ada")).toMatchObject({ queuedRuns: 7 });
  await expect(storeFile(restored, left, { name: "again.jsonl" })).rejects.toMatchObject({
    code: "user_erased",
  });
});
