/** Files as people have them, of ten formats and of other people's making, through the whole service. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { RunEvent } from "@loraloom/client";
import { repositoryRoot } from "@loraloom/testkit";
import { beforeAll, expect, test } from "vitest";
import { runGuide } from "./guide-program.ts";
import { openBucket } from "./launched-service.ts";
import { tenFiles } from "./ten-files.ts";
import type { TinyService } from "./tiny-service.ts";

type Run = { id: string };
const ada = { userId: "ann", avatarId: "ada" };

let service: TinyService;

const upload = async (side: "good" | "bad", name: string, scope = ada) => {
  const bytes = await readFile(join(repositoryRoot, "packages/dataset/corpus", side, name));
  return service.client.uploadTrainingData(new Blob([bytes]), { ...scope, name });
};

const watchToEnd = async (run: Run, scope = ada): Promise<RunEvent[]> =>
  Array.fromAsync(service.client.watchRun({ ...scope, runId: run.id }));
const refusalOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

/** Which files the rows that a run was trained on come from. */
const frozenSources = async (run: Run): Promise<string[]> => {
  const bucket = await openBucket(service.dataDir);
  const prefix = `users/${ada.userId}/avatars/${ada.avatarId}/adapters/runs/${run.id}/attempts/1`;
  const object = await bucket.send(
    new GetObjectCommand({ Bucket: "loraloom", Key: `${prefix}/rows.jsonl.gz` }),
  );
  const lines = gunzipSync((await object.Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  const rows = lines.trim().split("\n");
  const names = rows.map((row): string => JSON.parse(row).source.name);
  return [...new Set(names)].sort();
};

export const testTenFormats = (running: () => TinyService): void => {
  beforeAll(() => {
    service = running();
  });

  test("ten files of ten formats train without a word of configuration, as the preview said", async () => {
    const { client } = service;
    const files = [];
    for (const name of tenFiles) files.push(await upload("good", name));
    expect(new Set(files.map(({ report }) => report?.format)).size).toBe(tenFiles.length);
    expect(files.every(({ useForTraining, report }) => useForTraining && report?.faultCount === 0)).toBe(
      true,
    );

    const foreseen = await client.train.preview.query(ada);
    await client.adapter.create.mutate(ada);
    const preview = await client.train.preview.query(ada);
    expect(preview).toMatchObject({ allowedToStart: { allowed: true }, unknown: null });
    expect(foreseen).toMatchObject({ tokens: preview.tokens, estimate: { steps: preview.estimate?.steps } });
    const { tokens } = await client.trainingData.validate.query(ada);
    expect(tokens).toMatchObject({ total: preview.tokens?.perEpoch, longest: preview.tokens?.longest });
    const run = await client.train.start.mutate(ada);
    const events = await watchToEnd(run);

    expect(events.at(-1)).toMatchObject({ type: "run-completed" });
    expect(await frozenSources(run)).toEqual([...tenFiles].sort());
    const frozen = events.find(({ type }) => type === "rows-frozen");
    expect(frozen?.data).toMatchObject({ examples: preview.examples, tokens: preview.tokens?.perEpoch });
    const started = events.find(({ type }) => type === "run-started");
    expect(started?.data).toMatchObject({ steps: preview.estimate?.steps });
    expect(preview.estimate).toMatchObject({ fits: true, seconds: expect.any(Number) });
  });

  test("the tokens of every file stand in its report without anybody asking", async () => {
    const reports = async () => {
      const { files } = await service.client.trainingData.list.query(ada);
      return files.map(({ report }) => report?.tokens?.baseModel);
    };
    await expect.poll(reports).toEqual(tenFiles.map(() => "test/tiny"));
  });

  test("a broken eleventh is named with its line, and is trained around where that is asked", async () => {
    const { client } = service;
    const broken = await upload("bad", "invalid-json.jsonl");
    const [fault] = broken.report?.faults ?? [];
    expect(fault).toMatchObject({
      name: "invalid-json.jsonl",
      line: expect.any(Number),
      code: "invalid_json",
    });
    expect(await refusalOf(client.train.start.mutate(ada))).toMatchObject({
      code: "invalid_training_file",
      message: expect.stringContaining(`'invalid-json.jsonl' line ${fault?.line}`),
    });
    expect(await client.train.preview.query(ada)).toMatchObject({
      allowedToStart: { allowed: false, code: "invalid_training_file" },
      data: { faultCount: broken.report?.faultCount },
    });
    const options = { ...ada, skipInvalidRows: true, hyperparameters: { maxSteps: 2 } };
    const run = await client.train.start.mutate(options);
    expect((await watchToEnd(run)).at(-1)).toMatchObject({ type: "run-completed" });
    expect(await frozenSources(run)).toContain("invalid-json.jsonl");
  });

  test("a dialog is learnt for the speaker that the run names; without one its speakers are named", async () => {
    const { client } = service;
    const ben = { ...ada, avatarId: "ben" };
    await client.adapter.create.mutate(ben);
    await upload("good", "dialog-without-speaker.json", ben);
    await upload("good", "chat.jsonl", ben);
    const hyperparameters = { epochs: 1, maxSteps: 2 };
    expect(await refusalOf(client.train.start.mutate({ ...ben, hyperparameters }))).toMatchObject({
      code: "speaker_not_found",
      message: expect.stringContaining("'dialog-without-speaker.json' (speakers: Ada, Ben)"),
    });
    const preview = await client.train.preview.query({ ...ben, speaker: "Ben", hyperparameters });
    const run = await client.train.start.mutate({ ...ben, speaker: "Ben", hyperparameters });
    expect(run.config).toMatchObject({ speaker: "Ben", method: "sft" });
    const events = await watchToEnd(run, ben);
    expect(events.at(-1)).toMatchObject({ type: "run-completed" });
    const frozen = events.find(({ type }) => type === "rows-frozen");
    expect(frozen?.data).toMatchObject({
      examples: preview.data?.examples,
      tokens: preview.tokens?.perEpoch,
    });
  });

  test("the guide's program runs as it stands", async () => {
    const { url, keyFile } = service.runtime;
    const apiKey = (await readFile(keyFile, "utf8")).trim();
    const lines = (await runGuide("training-data.md", { url, apiKey })).split("\n");
    expect(lines[0]).toMatch(/^chats\.jsonl 2 invalid_json /);
    expect(lines[1]).toBe("3 examples, 0 faults, 0 repeated");
    expect(lines[2]).toMatch(/^\d+ \d+ 0 undefined$/);
    expect(lines[3]).toMatch(/^\{ allowed: true \} \d+ \d+ null$/);
    expect(lines.at(-1)).toBe("run-completed");
  });
};
