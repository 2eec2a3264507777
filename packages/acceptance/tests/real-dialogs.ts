/** The dialogs of chatterbot-corpus in 28 languages, as other people wrote them, faults included. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "@loraloom/testkit";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TinyService } from "./tiny-service.ts";

const scope = { userId: "ann", avatarId: "polyglot" };
/** Statements that are empty: their pairs can't be learnt. */
const faulty = ["english.jsonl", "ukrainian.jsonl"];

const cleanup = new AsyncDisposableStack();
let service: TinyService;
let pairs: Record<string, number>;
const uploadDialogs = async (): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-dialogs-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await execa(python, [join(import.meta.dirname, "chatterbot_pairs.py"), folder]);
  pairs = JSON.parse(stdout);
  await service.client.adapter.create.mutate(scope);
  for (const language of Object.keys(pairs)) {
    const name = `${language}.jsonl`;
    await service.client.uploadTrainingData(new Blob([await readFile(join(folder, name))]), {
      ...scope,
      name,
    });
  }
};

export const testRealDialogs = (running: () => TinyService): void => {
  beforeAll(async () => {
    service = running();
    await uploadDialogs();
  });
  afterAll(() => cleanup.disposeAsync());

  test("every pair is accounted for, and the empty ones are named", async () => {
    const found = await service.client.trainingData.validate.query(scope);
    const rows = Object.values(pairs).reduce((sum, count) => sum + count, 0);
    expect(found).toMatchObject({ files: Object.keys(pairs).length, rows });
    expect(rows).toBeGreaterThan(10_000);
    expect(found.usableRows).toBeGreaterThan(0.95 * rows);
    expect(found.examples).toBe(found.usableRows);
    const withFaults = found.byFile.first.filter(({ faultCount }) => faultCount > 0);
    expect(withFaults.map(({ name }) => name)).toEqual(faulty);
    expect(new Set(found.faults.map(({ code }) => code))).toEqual(new Set(["missing_content"]));
    expect(found.duplicates.withinFiles).toBeGreaterThan(0);
  });

  test("they train around the empty ones, on the rows and tokens that the preview counted", async () => {
    const { client } = service;
    const options = { ...scope, hyperparameters: { maxSteps: 4, maxLength: 128 } };
    const refused = await client.train.start.mutate(options).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "invalid_training_file",
      message: expect.stringContaining("'english.jsonl', 'ukrainian.jsonl'"),
    });
    const preview = await client.train.preview.query({ ...options, skipInvalidRows: true });
    expect(preview.allowedToStart).toEqual({ allowed: true });
    const { id: runId } = await client.train.start.mutate({ ...options, skipInvalidRows: true });
    const events = await Array.fromAsync(client.watchRun({ ...scope, runId }));
    expect(events.at(-1)).toMatchObject({ type: "run-completed" });
    const frozen = events.find(({ type }) => type === "rows-frozen");
    expect(frozen?.data).toMatchObject({ examples: preview.examples, tokens: preview.tokens?.perEpoch });
  });
};
