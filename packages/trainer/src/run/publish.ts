import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { adapterFiles, writeManifest } from "@loraloom/store/adapters";
import { adapterKeys } from "@loraloom/store/keys";
import { manifestOf, type NewVersion, publishVersion, reserveVersion } from "@loraloom/store/runs";
import type { FrozenRows } from "@loraloom/store/tables";
import { fetchFile, putFile } from "../stored-files.ts";
import type { RunContext } from "./context.ts";
import { whileLeased } from "./database-patience.ts";
import type { TrainedAdapter } from "./train-on-engine.ts";
import { adapterOf } from "./training-config.ts";

/**
 * Makes a trained adapter the avatar's new version. Its files are put, read back and verified before one
 * transaction shows the version to readers; whoever comes too late changes nothing.
 *
 * @throws LoraloomError `corrupt_adapter`, `non_finite_adapter`, `storage_unavailable`, `lease_lost`
 */
export const publishTrained = async (
  context: RunContext,
  { frozen, trained }: { frozen: FrozenRows; trained: TrainedAdapter },
): Promise<void> => {
  const { store, fence, log } = context;
  context.stop.throwIfAborted();
  const versionId = await whileLeased(context, () => reserveVersion(store, fence));
  const files = await putFiles(context, { versionId, folder: trained.path });
  await verifyStored(context, { versionId, files });
  const version = { files, metrics: metricsOf(trained), templateVariables: frozen.templateVariables };
  await putManifest(context, { versionId, version, frozen });
  const outcome = await whileLeased(context, () => publishVersion(store, fence, version));
  log.info({ ...fence, versionId, outcome }, "run ended");
};

type Location = { versionId: string; files: NewVersion["files"] };

/** PEFT's own two, or all of a whole model's folder; `manifest.json` follows them. */
const putFiles = async (
  { store, scope, run, requireLease }: RunContext,
  { versionId, folder }: { versionId: string; folder: string },
): Promise<NewVersion["files"]> => {
  const files: NewVersion["files"] = [];
  for (const name of run.config.fullFineTuning ? await filesIn(folder) : adapterFiles) {
    requireLease();
    const key = adapterKeys(scope).versionFile(versionId, name);
    const { size, sha256 } = await putFile(store.objects, { key, path: join(folder, name) });
    files.push({ name, size, sha256 });
  }
  return files;
};

/** Without folders: of a tokenizer with several chat templates one holds those that nobody chats with. */
const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
};

/** What readers will get is what counts: the objects are read back, and the engine loads those bytes. */
const verifyStored = async (context: RunContext, { versionId, files }: Location): Promise<void> => {
  const { store, scope, engine, run, folder } = context;
  const path = join(folder, "stored-adapter");
  await mkdir(path, { recursive: true });
  for (const { name, sha256 } of files) {
    const key = adapterKeys(scope).versionFile(versionId, name);
    const outcome = await fetchFile(store.objects, { key, sha256, path: join(path, name) });
    if (outcome !== "fetched")
      throw new LoraloomError("corrupt_adapter", `'${key}' is ${outcome} right after it was put.`, {
        details: { key },
      });
  }
  await verifyLoaded({ engine, run }, path);
};

const verifyLoaded = async (
  { engine, run }: Pick<RunContext, "engine" | "run">,
  path: string,
): Promise<void> => {
  if (run.config.fullFineTuning) {
    await engine.ask("verify_model", { path });
    return;
  }
  await engine.ask("verify_adapter", { path, ...adapterOf(run.config) });
};

const putManifest = async (
  { store, scope, run, requireLease }: RunContext,
  { versionId, version, frozen }: { versionId: string; version: NewVersion; frozen: FrozenRows },
): Promise<void> => {
  requireLease();
  await writeManifest(store, scope, {
    ...manifestOf(run, versionId, version),
    config: run.config,
    dataset: { key: frozen.datasetKey, sha256: frozen.datasetSha256 },
  });
};

const metricsOf = (trained: TrainedAdapter): NewVersion["metrics"] => ({
  steps: trained.steps,
  tokens: trained.tokens,
  seconds: trained.seconds,
  finalLoss: trained.final_loss,
  heldOutBefore: trained.held_out_before,
  heldOutAfter: trained.held_out_after,
  stoppedEarly: trained.stopped_early,
  bestStep: trained.best_step,
});
