import { writeManifest } from "@loraloom/store/adapters";
import { type AvatarScope, adapterKeys } from "@loraloom/store/keys";
import { putObject } from "@loraloom/store/objects";
import { manifestOf, publishVersion, type Run, reserveVersion } from "@loraloom/store/runs";
import { beginUpload, claimNextRun, sha256Of, storeFile } from "@loraloom/store/testing";
import type { TestApi } from "./open-test-api.ts";

export const trainingRow = `${JSON.stringify({
  messages: [
    { role: "user", content: "Who are you?" },
    { role: "assistant", content: "Mia." },
  ],
})}\n`;

/** Nobody listens there. */
const url = "http://127.0.0.1:9999/hook";

/** Everything that a call can be about. */
export type Populated = AvatarScope & {
  fileName: string;
  uploadId: string;
  runId: string;
  versionId: string;
  backupId: string;
  webhookId: string;
  deliveryId: string;
};

/** An avatar with a file in two folders, an open upload, an adapter, a published version, its backup, a queued run and a webhook that was told of it. */
export const populate = async (api: TestApi, scope: AvatarScope): Promise<Populated> => {
  const { store } = api;
  const caller = api.as((await api.makeKey()).key);
  await caller.adapter.create(scope);
  await storeFile(store, scope, { name: "chats.jsonl", body: trainingRow });
  await storeFile(store, scope, { kind: "vectorstore_data", name: "chats.jsonl", body: trainingRow });
  const { uploadId } = await beginUpload(store, scope, { name: "more.jsonl", body: trainingRow });
  await caller.train.start(scope);
  const versionId = await publishNext(api, scope);
  const { id: backupId } = await caller.adapter.backup(scope);
  const { id: webhookId } = await caller.webhooks.create({
    userId: scope.userId,
    url,
    events: ["run-queued"],
  });
  const run = await caller.train.start({ ...scope, name: "queued" });
  const { deliveries } = await caller.webhooks.deliveries({ userId: scope.userId, webhookId });
  const ids = { deliveryId: deliveries[0]?.id ?? "", runId: run.id, versionId, backupId, webhookId };
  return { ...scope, fileName: "chats.jsonl", uploadId, ...ids };
};

/** Does a worker's part of the oldest queued run, without an engine. */
export const publishNext = async ({ store }: Pick<TestApi, "store">, scope: AvatarScope): Promise<string> => {
  const run = await claimNextRun(store);
  const fence = { runId: run.id, attempt: run.attempt };
  const versionId = await reserveVersion(store, fence);
  const files = await Promise.all(
    Object.entries(filesOf(run)).map(async ([name, body]) => {
      await putObject(store.objects, { key: adapterKeys(scope).versionFile(versionId, name), body });
      return { name, size: body.length, sha256: sha256Of(body) };
    }),
  );
  const version = { files, metrics, templateVariables: {} };
  await writeManifest(store, scope, { ...manifestOf(run, versionId, version) });
  await publishVersion(store, fence, version);
  return versionId;
};

const filesOf = (run: Run): Record<string, string> =>
  run.config.fullFineTuning ? { "config.json": "{}", "model.safetensors": "all weigh" } : adapterFiles(run);

const adapterFiles = ({ config }: Run): Record<string, string> => ({
  "adapter_config.json": JSON.stringify({
    r: config.rank,
    lora_alpha: config.alpha,
    use_rslora: config.rankStabilized,
    use_dora: config.dora,
    target_modules: config.targetModules,
  }),
  "adapter_model.safetensors": "weights",
});

const metrics = {
  steps: 3,
  tokens: 300,
  seconds: 1.5,
  finalLoss: 0.5,
  heldOutBefore: 2,
  heldOutAfter: 1,
};
