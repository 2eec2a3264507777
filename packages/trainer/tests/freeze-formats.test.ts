import { gunzipSync } from "node:zlib";
import { createAdapter } from "@loraloom/store/adapters";
import { type AvatarScope, fileKey } from "@loraloom/store/keys";
import { getObject, headObject } from "@loraloom/store/objects";
import type { Run } from "@loraloom/store/runs";
import { gatewayMessages } from "@loraloom/store/workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunOptions, startTestRun, testRunConfig, uploadFile } from "./support/persona.ts";
import { readLines } from "./support/read-lines.ts";
import { endOf, metricsOf } from "./support/run-state.ts";
import { type SharedWorker, startSharedWorker } from "./support/shared-worker.ts";

let shared: SharedWorker;
beforeAll(async () => {
  shared = await startSharedWorker();
});
afterAll(() => shared[Symbol.asyncDispose]());

const jsonLines = (...rows: object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");
const pair = { prompt: "Who? 👋🏽", chosen: "Ann, the captain.", rejected: "Nobody." };
const labelled = (label: boolean) => ({ prompt: "Where?", completion: label ? "At sea." : "Here.", label });
const dialog = {
  dialog: [
    { speaker: "Ann", content: "Ahoy!" },
    { speaker: "Bo", content: "Aye. 👩‍👩‍👧‍👦" },
    { speaker: "Cy", content: "Hm." },
    { speaker: "Bo", content: "Aye, aye." },
  ],
};

/** An avatar with one file. */
const avatarWith = async (avatarId: string, name: string, content: string): Promise<AvatarScope> => {
  const scope = { userId: "ann", avatarId };
  await createAdapter(shared.store, scope, { baseModel: shared.tiny.base.modelId });
  await uploadFile(shared.store, scope, { name, content });
  return scope;
};
const trainOn = async (scope: AvatarScope, config: RunOptions = {}): Promise<Run> =>
  endOf(
    shared.store,
    await startTestRun(shared.store, {
      base: shared.tiny.base,
      scope,
      config: { evaluation: { kind: "none" }, maxSteps: 2, ...config },
    }),
  );
const objectOf = async (key = ""): Promise<Uint8Array> =>
  (await (await getObject(shared.store.objects, { key }))?.bytes()) ?? new Uint8Array();
type Tokenized = { labels: number[] };
type TokenizedPair = { chosen: Tokenized; rejected: Tokenized; source: { line: number } };
const frozenLines = async <Row>({ frozen }: Run): Promise<Row[]> =>
  gunzipSync(await objectOf(frozen?.rowsKey))
    .toString()
    .trim()
    .split("\n")
    .map((line): Row => JSON.parse(line));
const frozenRows = (run: Run) => frozenLines<Tokenized & { label?: boolean; source: object }>(run);
const frozenPairs = (run: Run) => frozenLines<TokenizedPair>(run);
const datasetOf = async ({ frozen }: Run) =>
  JSON.parse(Buffer.from(await objectOf(frozen?.datasetKey)).toString());
const trainedTokens = ({ labels }: Tokenized = { labels: [] }): number =>
  labels.filter((label) => label !== -100).length;
/** The tiny base has a token for each byte, and one for the end of a turn. */
const tokensOf = (reply: string): number => Buffer.byteLength(reply) + 1;

test("of pairs the chosen answers are trained, of labelled answers the good ones; the others are counted", async () => {
  const content = jsonLines(pair, pair);
  const run = await trainOn(await avatarWith("pairs", "pairs.jsonl", content));
  expect(run.status).toBe("completed");
  const [step] = (await metricsOf(shared.store, run)).train;
  expect(step).not.toHaveProperty("preferences");
  expect(step?.gradientNorm).toBeGreaterThan(0);
  expect(step?.tokensPerSecond).toBeGreaterThan(0);
  const rows = await frozenRows(run);
  expect(rows.map(({ source }) => source)).toEqual([
    { name: "pairs.jsonl", line: 1 },
    { name: "pairs.jsonl", line: 2 },
  ]);
  expect(rows.map(trainedTokens)).toEqual([tokensOf(pair.chosen), tokensOf(pair.chosen)]);

  const judged = jsonLines(labelled(false), labelled(true), labelled(false));
  const judgedRun = await trainOn(await avatarWith("judged", "judged.jsonl", judged));
  expect((await frozenRows(judgedRun)).map(({ source }) => source)).toEqual([
    { name: "judged.jsonl", line: 2 },
  ]);
  expect(await datasetOf(judgedRun)).toMatchObject({
    method: "sft",
    rows: { train: { rows: 1, unusedByMethod: 2 }, evaluation: null },
  });
});

test.each(["dpo", "orpo"] as const)("%s trains pairs, and measures held-out ones", async (method) => {
  const scope = await avatarWith(method, "pairs.jsonl", jsonLines(pair, pair));
  await uploadFile(shared.store, scope, { name: "labels.jsonl", content: jsonLines(labelled(true)) });
  await uploadFile(shared.store, scope, {
    kind: "evaluation_data",
    name: "held.jsonl",
    content: jsonLines(pair),
  });
  const run = await trainOn(scope, { method, evaluation: { kind: "files" } });
  expect(run).toMatchObject({ status: "completed", error: null });
  expect(run.heldOutAfter).toBeLessThan(run.heldOutBefore ?? 0);
  const { train, held_out: heldOut } = await metricsOf(shared.store, run);
  expect([train, heldOut].map((points) => points.map(({ step }) => step))).toEqual([
    [1, 2],
    [0, 2],
  ]);
  for (const { loss, preferences } of [...train, ...heldOut]) {
    const { chosen, rejected, margin, accuracy, kl } = preferences ?? {};
    expect(margin).toBeCloseTo((chosen ?? Number.NaN) - (rejected ?? Number.NaN), 6);
    expect([accuracy, kl]).toEqual([expect.any(Number), null]);
    // All pairs are the same one: the margin of one is that of all.
    if (method === "dpo") expect(loss).toBeCloseTo(Math.log1p(Math.exp(-(margin ?? 0))), 5);
  }
  const rows = await frozenPairs(run);
  expect(rows.map(({ source }) => source.line)).toEqual([1, 2]);
  expect(trainedTokens(rows[0]?.chosen)).toBe(tokensOf(pair.chosen));
  expect(trainedTokens(rows[0]?.rejected)).toBe(tokensOf(pair.rejected));
  expect(await datasetOf(run)).toMatchObject({ method, rows: { train: { unusedByMethod: 1 } } });
});

test("KTO trains labelled answers and both of a pair", async () => {
  const scope = await avatarWith("kto", "judged.jsonl", jsonLines(labelled(false), labelled(true)));
  await uploadFile(shared.store, scope, { name: "pairs.jsonl", content: jsonLines(pair) });
  const run = await trainOn(scope, { method: "kto", batchSize: 2, beta: 0.2, undesirableWeight: 2 });
  expect(run).toMatchObject({ status: "completed", error: null });
  const rows = await frozenRows(run);
  expect(rows.map(({ label }) => label)).toEqual([false, true, true, false]);
  const figures = (await metricsOf(shared.store, run)).train.map(({ preferences }) => preferences);
  const told = { accuracy: null, kl: expect.any(Number) };
  expect(figures).toMatchObject([told, told]);
});

test("KTO with one example says so", async () => {
  const run = await trainOn(await avatarWith("lonely", "judged.jsonl", jsonLines(labelled(true))), {
    method: "kto",
    batchSize: 2,
  });
  expect(run).toMatchObject({ status: "failed", error: { code: "no_usable_rows" } });
});

test("a run without a row that its method uses says so", async () => {
  const run = await trainOn(await avatarWith("unused", "bad.jsonl", jsonLines(labelled(false))));
  expect(run).toMatchObject({ status: "failed", error: { code: "no_usable_rows" } });
  expect(run.error?.message).toContain("'sft' has no use for 1 of them");
});

test("a dialog trains the replies of the run's speaker", async () => {
  const scope = await avatarWith("dialog", "dialog.json", JSON.stringify(dialog));
  const rows = await frozenRows(await trainOn(scope, { speaker: "Bo" }));
  expect(rows.map(trainedTokens)).toEqual([tokensOf("Aye. 👩‍👩‍👧‍👦"), tokensOf("Aye, aye.")]);
  const others = await trainOn(scope, { speaker: "Cy" });
  expect((await frozenRows(others)).map(trainedTokens)).toEqual([tokensOf("Hm.")]);
  expect(await datasetOf(others)).toMatchObject({ speaker: "Cy" });
});

test("a dialog without the run's speaker refuses the run and its count with the speakers there are", async () => {
  const scope = await avatarWith("nobody", "dialog.json", JSON.stringify(dialog));
  await expect(trainOn(scope, { speaker: "Dee" })).rejects.toMatchObject({
    code: "speaker_not_found",
    message: expect.stringMatching(/'Dee'.*(?=.*Ann)(?=.*Bo)(?=.*Cy)/),
  });
  const key = fileKey(scope, "training_data", "dialog.json");
  const etag = (await headObject(shared.store.objects, key))?.etag ?? "";
  const { method, maxLength, overLength, skipInvalidRows } = testRunConfig();
  const count = async (speaker: string | null) => {
    const reading = { method, maxLength, overLength, skipInvalidRows, speaker };
    const answer = await shared.post("/count-tokens", { file: { name: "dialog.json", key, etag }, reading });
    return gatewayMessages["/count-tokens"].line.parse((await Array.fromAsync(readLines(answer))).at(-1));
  };
  expect(await count(null)).toMatchObject({ type: "error", error: { code: "speaker_not_found" } });
  expect(await count("Bo")).toMatchObject({ type: "result", rows: 2, examples: 2 });
});
