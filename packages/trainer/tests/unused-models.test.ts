import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { engineKeyOf } from "@loraloom/store/env";
import { type AvatarScope, adapterKeys } from "@loraloom/store/keys";
import { putObject } from "@loraloom/store/objects";
import { claimRun, publishVersion, reserveVersion } from "@loraloom/store/runs";
import { openTestStore } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import type { AnswerOf, FieldsOf, SingleAnswer } from "../src/engine/protocol.ts";
import { type AdapterRef, createAdapterCache } from "../src/gateway/adapter-cache.ts";
import { createPersona, startTestRun } from "./support/persona.ts";
import { tinyEngine } from "./support/tiny-engine.ts";

test("of the whole models that nobody uses one is kept, and all adapters", async () => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openTestStore());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-adapters-"));
  opened.defer(() => rm(folder, { recursive: true }));
  const { base } = await tinyEngine();
  const scope = await createPersona(store, base);
  const published: AdapterRef[] = [];
  for (const name of ["adapter_config.json", "config.json", "config.json"]) {
    await startTestRun(store, { base, scope });
    published.push({
      ...scope,
      versionId: await publishWith(store, scope, { name, key: engineKeyOf(base) }),
    });
  }
  const [adapter, first, second] = published as [AdapterRef, AdapterRef, AdapterRef];
  const held = new Set<string>();
  const cache = createAdapterCache(store, { engine: engineThatHolds(held), folder, log: store.log });
  const useOnce = async (ref: AdapterRef) => (await cache.lend(ref))[Symbol.asyncDispose]();

  await useOnce(adapter);
  const used = await cache.lend(first);
  await useOnce(second);
  expect(held).toEqual(new Set([adapter, first, second].map(({ versionId }) => versionId)));
  await used[Symbol.asyncDispose]();
  expect(held).toEqual(new Set([adapter, second].map(({ versionId }) => versionId)));
  expect(await readdir(folder)).toHaveLength(2);
});

/** Publishes the queued run with one file of this name, which tells what the version is. */
const publishWith = async (
  store: Store,
  scope: AvatarScope,
  { name, key: engineKey }: { name: string; key: string },
): Promise<string> => {
  const run = await claimRun(store, { workerId: "test", engineKey, leaseSeconds: 30 });
  if (!run) throw new LoraloomError("run_not_found", "No run is queued.");
  const fence = { runId: run.id, attempt: run.attempt };
  const versionId = await reserveVersion(store, fence);
  await putObject(store.objects, { key: adapterKeys(scope).versionFile(versionId, name), body: "{}" });
  const files = [{ name, size: 2, sha256: createHash("sha256").update("{}").digest("hex") }];
  await publishVersion(store, fence, { files, metrics, templateVariables: {} });
  return versionId;
};

const metrics = { steps: 1, tokens: 1, seconds: 1, finalLoss: 1, heldOutBefore: null, heldOutAfter: null };

/** Its memory is a set of names. */
const engineThatHolds = (held: Set<string>) => ({
  ask: async <Type extends SingleAnswer>(type: Type, fields: FieldsOf<Type>): Promise<AnswerOf<Type>> => {
    const name = "adapter" in fields ? String(fields.adapter) : "";
    if (type === "load_adapter") held.add(name);
    else held.delete(name);
    return { type: "result", seq: 1, id: "1", parameters: 1 } as AnswerOf<Type>;
  },
});
