import { TRPCError } from "@trpc/server";
import fc from "fast-check";
import { registerTestWorker } from "../counting-worker.ts";
import type { TestApi, TestCaller } from "../open-test-api.ts";
import { type Populated, populate } from "../populate.ts";
import type { KnownValues } from "./input-arbitrary.ts";

/** A user with everything that a call can be about, and those who call. */
export type World = {
  known: KnownValues;
  /** Most have every scope. */
  callers: fc.Arbitrary<string | undefined>;
  /** Whether it is still as it was made. */
  isWhole: () => Promise<boolean>;
};

const workerId = "w1";

let worlds = 0;

/** Makes another user's things. */
export const openWorld = async (api: TestApi): Promise<World> => {
  worlds += 1;
  const scope = { userId: `ada-${worlds}`, avatarId: "mia" };
  await holdWaiting(api);
  const about = await populate(api, scope);
  const { key: service } = await api.makeKey();
  const { key: owner } = await api.makeKey(scope.userId);
  const { key: reader } = await api.makeKey(scope.userId, ["read"]);
  const { record: spare } = await api.makeKey(scope.userId);
  await registerTestWorker(api.store, { id: workerId });
  return {
    known: valuesOf(about, spare.id),
    callers: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(service, owner) },
      { weight: 1, arbitrary: fc.constantFrom(reader, "ll_unknown", undefined) },
    ),
    isWhole: () => isWhole(api.as(owner), about),
  };
};

/** Runs of other worlds wait on, and leave it to the new one's to be claimed. */
const holdWaiting = ({ store }: TestApi) =>
  store.pool.query("update runs set not_before = now() + interval '1 day' where status = 'queued'");

/** Whether everything can still be called about. */
const isWhole = async (caller: TestCaller, about: Populated): Promise<boolean> => {
  const { avatarId, fileName: name, uploadId, runId, webhookId } = about;
  const on = { avatarId };
  try {
    const [adapter, upload, run] = await Promise.all([
      caller.adapter.get(on),
      caller.trainingData.getUpload({ ...on, uploadId }),
      caller.train.get({ ...on, runId }),
      caller.trainingData.get({ ...on, name }),
      caller.files.get({ ...on, folder: "vectorstore_data", name }),
      caller.webhooks.deliveries({ webhookId }),
    ]);
    return adapter.currentVersion === about.versionId && upload.state === "open" && run.status === "queued";
  } catch (error) {
    if (error instanceof TRPCError) return false;
    throw error;
  }
};

const valuesOf = (about: Populated, keyId: string): KnownValues => {
  const { userId, avatarId, fileName, uploadId, runId, versionId, backupId } = about;
  const { webhookId, deliveryId } = about;
  return new Map<string, readonly unknown[]>([
    ["userId", [userId]],
    ["avatarId", [avatarId]],
    ["fromAvatarId", [avatarId]],
    ["name", [fileName, "other.jsonl"]],
    ["names", [[fileName], [fileName, "other.jsonl"]]],
    ["prefix", ["", "ch"]],
    ["folder", ["vectorstore_data", "media/audio", "image"]],
    ["uploadId", [uploadId]],
    ["runId", [runId]],
    ["version", [versionId, "current", "base"]],
    ["versionId", [versionId]],
    ["backupId", [backupId]],
    ["webhookId", [webhookId]],
    ["deliveryId", [deliveryId]],
    ["workerId", [workerId]],
    ["baseModel", ["tiny"]],
    ["id", [keyId]],
    ["sha256", ["0".repeat(64)]],
  ]);
};
