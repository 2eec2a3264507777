/** What training data must be like after any calls, kept in memory, and the calls that a property test makes. */
import { fileKey } from "@loraloom/store/keys";
import { getObject } from "@loraloom/store/objects";
import { type Run, recordFrozen } from "@loraloom/store/runs";
import { claimNextRun, sha256Of } from "@loraloom/store/testing";
import { expect } from "vitest";
import { type AdapterModel, emptyAdapter } from "./adapter-model.ts";
import { outcomeOf, type TestApi, type TestCaller } from "./open-test-api.ts";

export type Kind = "training_data" | "evaluation_data";
type ModelFile = { body: string; used: boolean };
type ModelInput = { kind: Kind; name: string; body: string };

export type Model = {
  files: Record<Kind, Map<string, ModelFile>>;
  /** What an upload last put at a name; a deletion leaves it to the runs that have yet to read it. */
  put: Record<Kind, Map<string, string>>;
  /** Started and not frozen, the oldest first. */
  runs: ModelInput[][];
  adapter: AdapterModel;
};
export type Real = { api: TestApi; caller: TestCaller; on: { userId: string; avatarId: string } };

export const emptyModel = (): Model => ({
  files: { training_data: new Map(), evaluation_data: new Map() },
  put: { training_data: new Map(), evaluation_data: new Map() },
  runs: [],
  adapter: emptyAdapter(),
});

/** A training row that differs by a number. */
export const bodyOf = (number: number): string =>
  `${JSON.stringify({
    messages: [
      { role: "user", content: `What is ${number}?` },
      { role: "assistant", content: "A number." },
    ],
  })}\n`;

export type Upload = { kind: Kind; name: string; body: string; useForTraining: boolean | undefined };

export const upload = async (model: Model, { caller, on }: Real, file: Upload): Promise<void> => {
  const { kind, name, body, useForTraining } = file;
  const created = await caller.trainingData.createUpload({
    ...on,
    ...{ kind, name, useForTraining },
    size: body.length,
    type: "application/jsonl",
    sha256: sha256Of(body),
  });
  if (created.method !== "put") throw new Error("A small file is not sent in parts.");
  const answer = await fetch(created.url, { method: "PUT", headers: created.headers, body });
  expect(answer.ok).toBe(true);
  const flag = useForTraining ?? model.files[kind].get(name)?.used ?? true;
  const used = kind === "evaluation_data" || flag;
  const stored = await caller.trainingData.completeUpload({ ...on, uploadId: created.uploadId });
  expect(stored).toMatchObject({ name, useForTraining: kind === "training_data" ? used : null });
  model.files[kind].set(name, { body, used });
  model.put[kind].set(name, body);
};

export type Flag = { name: string; useForTraining: boolean };

export const setFlags = async ({ files }: Model, { caller, on }: Real, flags: Flag[]): Promise<void> => {
  const outcome = await outcomeOf(() => caller.trainingData.setFlags({ ...on, flags }));
  const isKnown = flags.every(({ name }) => files.training_data.has(name));
  expect(outcome.code).toBe(isKnown ? "answered" : "file_not_found");
  if (!isKnown) return;
  for (const { name, useForTraining } of flags) {
    const file = files.training_data.get(name);
    if (file) file.used = useForTraining;
  }
};

export const deleteMany = async (
  { files }: Model,
  { caller, on }: Real,
  { kind, names }: { kind: Kind; names: string[] },
): Promise<void> => {
  const [name = ""] = names;
  const outcome = await outcomeOf(() =>
    names.length === 1
      ? caller.trainingData.delete({ ...on, kind, name })
      : caller.trainingData.deleteMany({ ...on, kind, names }),
  );
  const isKnown = names.every((each) => files[kind].has(each));
  expect(outcome.code).toBe(isKnown ? "answered" : "file_not_found");
  if (isKnown) for (const each of names) files[kind].delete(each);
};

export const deleteUnflagged = async (
  { files }: Model,
  { caller, on }: Real,
  dryRun: boolean,
): Promise<void> => {
  const unflagged = [...files.training_data].flatMap(([name, { used }]) => (used ? [] : [name]));
  const answer = await caller.trainingData.deleteUnflagged({ ...on, dryRun });
  expect(answer).toMatchObject({ names: unflagged.toSorted(), count: unflagged.length, dryRun });
  if (!dryRun) for (const name of unflagged) files.training_data.delete(name);
};

/** Records what a run starting now has to read. */
export const startRun = async (model: Model, { caller, on }: Real): Promise<void> => {
  const inputs = (["training_data", "evaluation_data"] as const).flatMap((kind) =>
    [...model.files[kind]].flatMap(([name, { body, used }]) => (used ? [{ kind, name, body }] : [])),
  );
  const isUsable = inputs.some(({ kind }) => kind === "training_data");
  const outcome = await outcomeOf(() => caller.train.start(on));
  expect(outcome.code).toBe(isUsable ? "answered" : "no_usable_rows");
  if (isUsable) model.runs.push(inputs);
};

/** Reads as a worker does: exactly what was there at the start, or the change is seen. */
export const freeze = async (model: Model, { api: { store } }: Real): Promise<void> => {
  const inputs = model.runs.shift();
  await store.background.settled();
  const run = await claimNextRun(store);
  expect(run.inputs.map(({ name }) => name).toSorted()).toEqual(inputs?.map(({ name }) => name).toSorted());
  for (const { name, etag, role } of run.inputs) {
    const kind = role === "train" ? "training_data" : "evaluation_data";
    const body = inputs?.find((input) => input.kind === kind && input.name === name)?.body;
    const object = await getObject(store.objects, { key: fileKey(scopeOf(run), kind, name), ifMatch: etag });
    const read = object && Buffer.from(await object.bytes()).toString();
    expect(read, name).toBe(model.put[kind].get(name) === body ? body : undefined);
  }
  await recordFrozen(store, run, frozenRows);
};

const scopeOf = ({ userId, avatarId }: Run) => ({ userId, avatarId });

const frozenRows = {
  ...{ datasetKey: "dataset", datasetSha256: "0", rowsKey: "rows", rowsSha256: "0" },
  ...{ evaluationKey: null, evaluationSha256: null, examples: 1, evaluationExamples: 0 },
  ...{ tokensTotal: 1, longest: 1, epochs: 1, templateVariables: {} },
};
