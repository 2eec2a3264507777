import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { adapterKeys } from "@loraloom/store/keys";
import { dropCheckpoint, recordCheckpoint } from "@loraloom/store/runs";
import type { RunCheckpoint } from "@loraloom/store/tables";
import { fetchFile, putFile } from "../stored-files.ts";
import type { RunContext } from "./context.ts";
import { whileLeased } from "./database-patience.ts";

type LocalCheckpoint = { step: number; path: string };

/**
 * Puts a checkpoint that the engine wrote and records that the run resumes there. The local copy goes in any case:
 * nothing reads it, and those that a storage outage left would fill the disk.
 *
 * @throws LoraloomError `storage_unavailable`, `lease_lost`
 */
export const uploadCheckpoint = async (
  context: RunContext,
  { step, path }: LocalCheckpoint,
): Promise<void> => {
  try {
    const files = await putFiles(context, { step, path });
    await whileLeased(context, () => recordCheckpoint(context.store, context.fence, { step, files }));
  } finally {
    await rm(path, { recursive: true, force: true });
  }
};

const putFiles = async (
  { store, scope, fence, requireLease }: RunContext,
  { step, path }: LocalCheckpoint,
): Promise<RunCheckpoint["files"]> => {
  const files: RunCheckpoint["files"] = [];
  for (const name of (await readdir(path)).sort()) {
    requireLease();
    const key = adapterKeys(scope).checkpointFile(fence.runId, fence.attempt, step, name);
    files.push({ name, ...(await putFile(store.objects, { key, path: join(path, name) })) });
  }
  return files;
};

/**
 * Brings the run's last checkpoint here. Undefined where there is none, or where an object of it is gone
 * or damaged: then the run starts again at step 0.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const fetchCheckpoint = async (context: RunContext): Promise<string | undefined> => {
  const { store, run, folder, log } = context;
  if (!run.checkpoint) return undefined;
  const path = join(folder, "resume");
  await mkdir(path, { recursive: true });
  for (const { name, key, sha256 } of run.checkpoint.files) {
    const outcome = await fetchFile(store.objects, { key, sha256, path: join(path, name) });
    if (outcome === "fetched") continue;
    log.error({ runId: run.id, key, outcome }, "the checkpoint can't be used; starting again at step 0");
    await forgetCheckpoint(context);
    return undefined;
  }
  return path;
};

/**
 * Nobody comes back to a checkpoint that can't be used.
 *
 * @throws RunStopped where the run was only to be kept: there is nothing to keep
 * @throws LoraloomError `lease_lost`
 */
export const forgetCheckpoint = async (context: RunContext): Promise<void> => {
  await whileLeased(context, () => dropCheckpoint(context.store, context.fence));
  context.finish.throwIfAborted();
};
