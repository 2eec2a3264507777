import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import type { Client } from "@loraloom/client";
import { sharedTinyBase } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { launchService, openBucket } from "./launched-service.ts";

const mia = { userId: "ann", avatarId: "mia" };

test("after kill -9 of everything in the middle of a run the next start completes it and leaves nothing over", async () => {
  await using folder = await dataFolder();
  const environment = {
    LORALOOM_BASE_MODEL: "test/tiny",
    LORALOOM_BASE_PATH: await sharedTinyBase(),
    LORALOOM_BASE_DTYPE: "float32",
  };

  const runId = await (async () => {
    await using first = await launchService(folder.path, environment);
    const run = await startLongRun(first.client);
    await untilStep(first.client, { runId: run.id, step: 5 });
    await first.killEverything();
    return run.id;
  })();

  await using second = await launchService(folder.path, environment);
  const run = await untilEnded(second.client, runId);

  expect(run).toMatchObject({ status: "completed", error: null });
  expect(run.attempt).toBeGreaterThan(1);
  const { files } = await second.client.trainingData.list.query(mia);
  expect(files.map(({ name, useForTraining }) => [name, useForTraining])).toEqual([
    ["drafts.jsonl", false],
    ["lines.jsonl", true],
  ]);
  await expect.poll(() => allKeys(folder.path), { timeout: 100_000 }).toEqual(expectedKeys(run));
});

const dataFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), "loraloom with a space-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

const startLongRun = async (client: Client) => {
  await client.adapter.create.mutate(mia);
  const chats = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      JSON.stringify({
        messages: [
          { role: "user", content: `Say ${at}.` },
          { role: "assistant", content: `Aye, ${at}.` },
        ],
      }),
    ).join("\n");
  await client.uploadTrainingData(new Blob([chats(40)]), { ...mia, name: "lines.jsonl" });
  await client.uploadTrainingData(new Blob([chats(2)]), {
    ...mia,
    name: "drafts.jsonl",
    useForTraining: false,
  });
  return client.train.start.mutate({ ...mia, hyperparameters: { epochs: 8, batchSize: 1 } });
};

const untilStep = async (client: Client, { runId, step }: { runId: string; step: number }): Promise<void> => {
  for await (const event of client.watchRun({ ...mia, runId })) {
    if (event.type === "progress" && event.data.step >= step) return;
  }
  throw new Error(`The run ended before step ${step}.`);
};

const untilEnded = async (client: Client, runId: string) => {
  for await (const event of client.watchRun({ ...mia, runId })) void event;
  return client.train.get.query({ ...mia, runId });
};

/** Keys of everything in the bucket. */
const allKeys = async (dataDir: string): Promise<string[]> => {
  const client = await openBucket(dataDir);
  const pages = paginateListObjectsV2({ client }, { Bucket: "loraloom" });
  const keys = await Array.fromAsync(pages, (page) =>
    (page.Contents ?? []).map((object) => object.Key ?? ""),
  );
  return keys.flat().toSorted();
};

/** Each object that a trained adapter consists of, and no other: nothing of the cut attempt but its frozen rows. */
const expectedKeys = ({ id, versionId }: { id: string; versionId: string | null }): string[] => {
  const adapter = ["adapter_config.json", "adapter_model.safetensors"];
  const version = [...adapter, "manifest.json"].map((name) => `versions/${versionId}/${name}`);
  const run = ["run.json", "metrics.jsonl", "log.txt", "attempts/1/dataset.json", "attempts/1/rows.jsonl.gz"];
  return [
    ...["training_data/lines.jsonl", "training_data/drafts.jsonl", "metadata/metadata.json", "current.json"],
    ...adapter,
    ...version,
    ...run.map((name) => `runs/${id}/${name}`),
  ]
    .map((name) => `users/${mia.userId}/avatars/${mia.avatarId}/adapters/${name}`)
    .toSorted();
};
