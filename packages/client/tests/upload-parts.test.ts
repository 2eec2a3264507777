import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../src/index.ts";
import { type LargeFile, mebibyte, writeLargeFile } from "./large-file.ts";
import { scope, startUploadServer, type UploadServer } from "./start-upload-server.ts";
import { killUploadHalfway, measureUpload } from "./upload-process.ts";

let server: UploadServer;
let large: LargeFile;
beforeAll(async () => {
  [server, large] = await Promise.all([startUploadServer(), writeLargeFile("large.jsonl", 80)]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await large?.[Symbol.asyncDispose]();
});

/** A client that counts its PUTs to the object store. */
const countingClient = () => {
  let puts = 0;
  const countingFetch: typeof fetch = (url, init) => {
    if (init?.method === "PUT") puts++;
    return fetch(url, init);
  };
  return { ...createClient({ ...server, fetch: countingFetch }), puts: () => puts };
};

test("a large file arrives whole though the line is cut again and again", async () => {
  const client = countingClient();
  const seen: number[] = [];
  const cutAt = [0.2, 0.5, 0.8];
  const file = await client.uploadTrainingData(large.path, {
    ...scope,
    onProgress: ({ loaded, total }) => {
      seen.push(loaded);
      if (loaded / total > (cutAt[0] ?? 2)) {
        cutAt.shift();
        server.cutter.cut();
      }
    },
  });
  expect(cutAt).toEqual([]);
  expect(file).toMatchObject({ name: "large.jsonl", size: large.size });
  expect(await server.storedHash("large.jsonl")).toBe(large.sha256);
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBe(large.size);
  expect(Math.max(...seen)).toBe(large.size);
  expect(client.puts()).toBeGreaterThan(5);
  expect(await server.openParts("large.jsonl")).toEqual([]);
});

test("what another process had sent when it was killed is not sent again", async () => {
  const uploadId = await killUploadHalfway(server, large, "killed.jsonl");
  const { parts } = await createClient(server).trainingData.listParts.query({ ...scope, uploadId });
  expect(parts.length).toBeGreaterThan(0);
  const client = countingClient();
  const seen: number[] = [];
  const file = await client.uploadTrainingData(large.path, {
    ...scope,
    uploadId,
    onProgress: ({ loaded }) => seen.push(loaded),
  });
  expect(file).toMatchObject({ name: "killed.jsonl", size: large.size });
  expect(await server.storedHash("killed.jsonl")).toBe(large.sha256);
  expect(client.puts()).toBe(5 - parts.length);
  expect(seen.at(-1)).toBe(large.size);
  const again = await client.uploadTrainingData(large.path, { ...scope, uploadId });
  expect(again).toMatchObject({ name: "killed.jsonl", createdAt: file.createdAt });
  expect(client.puts()).toBe(5 - parts.length);
});

test("bytes in memory arrive whole, and those that change on their way are refused", async () => {
  const bytes = randomBytes(65 * mebibyte);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await createClient(server).uploadTrainingData(bytes, { ...scope, name: "memory.bin" });
  expect(await server.storedHash("memory.bin")).toBe(sha256);
  const changingFetch: typeof fetch = (url, init) => {
    if (init?.method === "PUT") bytes.fill(0);
    return fetch(url, init);
  };
  const changing = createClient({ ...server, fetch: changingFetch });
  const changed = changing.uploadTrainingData(bytes, { ...scope, name: "memory.bin" });
  await expect(changed).rejects.toMatchObject({ code: "upload_refused" });
  expect(await server.storedHash("memory.bin")).toBe(sha256);
});

test("an upload is not taken up with another file", async () => {
  const uploadId = await killUploadHalfway(server, large, "changed.jsonl");
  const client = createClient(server);
  const other = new Blob([randomBytes(large.size)]);
  const changed = client.uploadTrainingData(other, { ...scope, name: "changed.jsonl", uploadId });
  await expect(changed).rejects.toMatchObject({ code: "upload_hash_mismatch", retryable: false });
  const shorter = client.uploadTrainingData(other.slice(1), { ...scope, name: "changed.jsonl", uploadId });
  await expect(shorter).rejects.toMatchObject({ code: "upload_hash_mismatch" });
  await client.trainingData.abortUpload.mutate({ ...scope, uploadId });
  const ended = client.uploadTrainingData(large.path, { ...scope, uploadId });
  await expect(ended).rejects.toMatchObject({ code: "upload_ended" });
});

test("an aborted signal ends the upload on the server too", async () => {
  const controller = new AbortController();
  const ids: string[] = [];
  const uploading = createClient(server).uploadTrainingData(large.path, {
    ...scope,
    name: "aborted.jsonl",
    signal: controller.signal,
    onUploadId: (uploadId) => ids.push(uploadId),
    onProgress: ({ loaded }) => loaded > 10 * mebibyte && controller.abort("enough"),
  });
  await expect(uploading).rejects.toBe("enough");
  const [uploadId = ""] = ids;
  const upload = await createClient(server).trainingData.getUpload.query({ ...scope, uploadId });
  expect(upload).toMatchObject({ name: "aborted.jsonl", state: "aborted" });
  expect(await server.openParts("aborted.jsonl")).toEqual([]);
});

test("only the parts on their way are in memory", async () => {
  await using larger = await writeLargeFile("larger.jsonl", 256);
  await using small = await writeLargeFile("small.jsonl", 1);
  const idle = await measureUpload(server, small.path, "small.jsonl");
  const peak = await measureUpload(server, larger.path, "larger.jsonl");
  expect(peak - idle).toBeLessThan(200);
  expect(await server.storedHash("larger.jsonl")).toBe(larger.sha256);
});
