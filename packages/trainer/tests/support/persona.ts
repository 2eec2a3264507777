import { createHash } from "node:crypto";
import { defaultHyperparameters, inspectFile } from "@loraloom/dataset";
import type { Store } from "@loraloom/store";
import { createAdapter } from "@loraloom/store/adapters";
import { engineKeyOf } from "@loraloom/store/env";
import { inspectHere } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import { type NewRun, type Run, startRun } from "@loraloom/store/runs";
import type { FileKind } from "@loraloom/store/tables";
import { completeUpload, createUpload } from "@loraloom/store/uploads";
import type { BaseModel } from "../../src/engine/load-engine.ts";

/** Chats of one persona as a JSONL file; `mark` is a word that only this file holds. */
export const chatLines = (count: number, mark: string): string =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `${mark} ${index}?` },
        { role: "assistant", content: `Aye, ${mark} ${index}.` },
      ],
    }),
  ).join("\n");

/** Uploads a file the way a client does. */
export const uploadFile = async (
  store: Store,
  scope: AvatarScope,
  {
    kind = "training_data",
    name,
    content,
    useForTraining,
  }: { kind?: FileKind; name: string; content: string; useForTraining?: boolean },
): Promise<void> => {
  const upload = await createUpload(store, scope, {
    kind,
    name,
    useForTraining,
    size: Buffer.byteLength(content),
    contentType: "application/jsonl",
    sha256: createHash("sha256").update(content).digest("hex"),
  });
  if (upload.method !== "put") throw new Error(`'${name}' is too large for a test`);
  const { uploadId, url, headers } = upload;
  const answer = await fetch(url, { method: "PUT", headers, body: content });
  if (!answer.ok) throw new Error(`The PUT of '${name}' was answered ${answer.status}`);
  await completeUpload(store, scope, { uploadId, inspect: inspectHere(inspectFile) });
};

/** An avatar with an adapter, a file to train on, one that is not used, and one held out. */
export const createPersona = async (
  store: Store,
  base: BaseModel,
  avatarId = "captain",
): Promise<AvatarScope> => {
  const scope = { userId: "ann", avatarId };
  await createAdapter(store, scope, { baseModel: base.modelId });
  await uploadFile(store, scope, { name: "sea.jsonl", content: chatLines(12, "sea") });
  await uploadFile(store, scope, {
    name: "secret.jsonl",
    content: chatLines(4, "treasure"),
    useForTraining: false,
  });
  await uploadFile(store, scope, {
    kind: "evaluation_data",
    name: "held.jsonl",
    content: chatLines(4, "wave"),
  });
  return scope;
};

export type RunOptions = Partial<NewRun["config"]>;

/** Small enough for a test; what isn't said is the default. */
export const testRunConfig = (changes: RunOptions = {}): NewRun["config"] => ({
  ...defaultHyperparameters,
  method: "sft",
  rank: 4,
  alpha: 8,
  epochs: null,
  maxLength: 128,
  maxSteps: 6,
  skipInvalidRows: false,
  evaluation: { kind: "files" },
  publish: "current",
  ...changes,
});

/** For a run to be stopped in its middle: the engine doesn't wait until what it did is recorded. */
export const longSteps = { gradientAccumulation: 8 } satisfies RunOptions;

/** Queues a run over the avatar's files. */
export const startTestRun = (
  store: Store,
  { base, scope, config }: { base: BaseModel; scope: AvatarScope; config?: RunOptions },
): Promise<Run> =>
  startRun(store, scope, {
    baseModel: base.modelId,
    engineKey: engineKeyOf(base),
    config: testRunConfig(config),
  });
