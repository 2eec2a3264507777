import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { adapterKeys } from "../keys/index.ts";
import { putObject } from "../objects/index.ts";
import { runs } from "../tables/index.ts";
import { openClaimedRun } from "../testing/open-run.ts";
import { versionKeys } from "../testing/run-objects.ts";
import { deleteRun, reserveVersion } from "./index.ts";

test("with a deleted run go the versions that it gave up and nobody has swept yet", async () => {
  await using opened = await openClaimedRun();
  const { store, scope, run } = opened;
  const versionId = await reserveVersion(store, run);
  const key = adapterKeys(scope).versionFile(versionId, "adapter_model.safetensors");
  await putObject(store.objects, { key, body: "weights" });
  const ended = { status: "failed", finishedAt: sql`now()` } as const;
  await store.db
    .update(runs)
    .set({ ...ended, versionId: null, abandonedVersions: [versionId] })
    .where(eq(runs.id, run.id));
  await deleteRun(store, scope, run.id);
  await store.background.settled();
  expect(await versionKeys(store, scope, versionId)).toEqual([]);
});
