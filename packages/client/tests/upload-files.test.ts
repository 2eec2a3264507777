import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, type UploadOutcome } from "../src/index.ts";
import { writeLargeFile } from "./large-file.ts";
import { scope, startUploadServer, type UploadServer } from "./start-upload-server.ts";

const row = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}\n';
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

let server: UploadServer;
beforeAll(async () => {
  server = await startUploadServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

test("of many files each has its own outcome and progress, and a bad one doesn't keep the others", async () => {
  const on = { ...scope, avatarId: "many" };
  const client = createClient(server);
  const files = Array.from({ length: 8 }, (_, index) => new File([row.repeat(index + 1)], `${index}.jsonl`));
  const told: UploadOutcome[] = [];
  const shares = new Map<number, number>();
  const outcomes = await client.uploadFiles(
    [
      ...files,
      new File([row], "../bad"),
      "/nowhere/missing.jsonl",
      { source: new Blob([row]), name: "unused.jsonl", useForTraining: false },
    ],
    {
      ...on,
      useForTraining: true,
      onProgress: ({ index, loaded, total }) => shares.set(index, loaded / total),
      onOutcome: (outcome) => told.push(outcome),
    },
  );
  expect(outcomes.map(({ index }) => index)).toEqual(Array.from({ length: 11 }, (_, index) => index));
  expect([...told].sort((a, b) => a.index - b.index)).toEqual(outcomes);
  for (const [index, file] of files.entries()) {
    expect(outcomes[index]).toMatchObject({
      name: file.name,
      file: { size: file.size, useForTraining: true },
    });
    expect(shares.get(index)).toBe(1);
  }
  expect(outcomes.slice(8)).toMatchObject([
    { name: "../bad", error: { code: "bad_file_name" } },
    { name: "missing.jsonl", error: { code: "bad_input" } },
    { name: "unused.jsonl", file: { useForTraining: false } },
  ]);
});

test("a file that changes while it is sent says so, and is not taken for a store that is away", async () => {
  await using file = await writeLargeFile("changing.jsonl", 1);
  const changing: typeof fetch = async (url, init) => {
    if (init?.method === "PUT") await appendFile(file.path, row);
    return fetch(url, init);
  };
  const client = createClient({ ...server, fetch: changing });
  for (const progress of [{}, { onProgress: () => {} }]) {
    const uploading = client.uploadTrainingData(file.path, { ...scope, ...progress });
    await expect(uploading).rejects.toMatchObject({
      code: "bad_input",
      message: "'changing.jsonl' could not be read; it may have changed meanwhile.",
    });
  }
});

test("as many files as asked for are on their way at a time, and no more", async () => {
  let [underWay, most] = [0, 0];
  const second = Promise.withResolvers<void>();
  /** The first one waits for another: alone it would never go on. */
  const counting: typeof fetch = async (url, init) => {
    if (init?.method !== "PUT") return fetch(url, init);
    most = Math.max(most, ++underWay);
    if (underWay === 2) second.resolve();
    await second.promise;
    return fetch(url, init).finally(() => underWay--);
  };
  const client = createClient({ ...server, fetch: counting });
  const files = Array.from({ length: 8 }, (_, index) => new File([row], `${index}.jsonl`));
  const outcomes = await client.uploadFiles(files, { ...scope, avatarId: "few", concurrency: 2 });
  expect(outcomes.filter(({ file }) => file)).toHaveLength(8);
  expect(most).toBe(2);
});

test("an aborted signal ends all of them with its reason", async () => {
  const controller = new AbortController();
  const files = Array.from({ length: 5 }, (_, index) => new File([row], `${index}.jsonl`));
  const on = { ...scope, avatarId: "aborted" };
  const client = createClient(server);
  const uploading = client.uploadFiles(files, {
    ...on,
    concurrency: 1,
    signal: controller.signal,
    onOutcome: ({ index }) => index === 1 && controller.abort("enough"),
  });
  await expect(uploading).rejects.toBe("enough");
  expect((await client.trainingData.list.query(on)).files.map(({ name }) => name)).toEqual([
    "0.jsonl",
    "1.jsonl",
  ]);
});

test("files go into every folder, of an avatar and of a user", async () => {
  const client = createClient(server);
  const { userId } = scope;
  const image = await client.uploadFile(new File([row], "face.png"), { userId, folder: "image" });
  expect(image).toMatchObject({ kind: "image", state: "ready", useForTraining: null, report: null });
  expect(await server.storedHash("face.png", "image", null)).toBe(hashOf(row));
  const folder = "vectorstore_data";
  const document = await client.uploadFile(new Blob([row]), {
    ...scope,
    folder,
    name: "a.txt",
    useForTraining: false,
  });
  expect(document).toMatchObject({ kind: folder, useForTraining: false });
  const heldOut = await client.uploadFile(createReadStream(import.meta.filename), {
    ...scope,
    folder: "evaluation_data",
    name: "held-out.txt",
  });
  expect(heldOut).toMatchObject({ kind: "evaluation_data", useForTraining: null });
  const unknown = client.uploadFile(new File([row], "a"), { userId, folder: "avatars" });
  await expect(unknown).rejects.toMatchObject({ code: "bad_folder" });
});

test("a large file in another folder gets its hash after its upload", async () => {
  await using large = await writeLargeFile("film.mp4", 65);
  const client = createClient(server);
  const folder = "media/original/video" as const;
  const file = await client.uploadFile(large.path, { ...scope, folder });
  expect(file).toMatchObject({ state: "ready", size: large.size, type: "application/octet-stream" });
  const hashNow = async () => (await client.files.get.query({ ...scope, folder, name: large.name })).sha256;
  await expect.poll(hashNow).toBe(large.sha256);
  expect(await server.storedHash(large.name, folder)).toBe(large.sha256);
});
