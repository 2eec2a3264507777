import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { readPart } from "./read-body.ts";
import { openSource, type UploadSource } from "./source.ts";
import { sizeOf, sliceOf, type UploadBody } from "./upload-body.ts";

const text = "a line\n";
const bytes = new TextEncoder().encode(text);
const about = { name: "a.jsonl", signal: undefined };

test.each<[string, UploadSource, string | undefined]>([
  ["a File", new File([text], "a.jsonl"), "a.jsonl"],
  ["a Blob", new Blob([text]), undefined],
  ["bytes", bytes, undefined],
  ["a web stream", new Blob([text]).stream(), undefined],
  ["a Node stream", Readable.from([bytes]), undefined],
])("reads %s, twice", async (_, source, name) => {
  const opened = await openSource(source);
  expect(opened.name).toBe(name);
  expect(await textOf(opened.body)).toBe(text);
  expect(await textOf(opened.body)).toBe(text);
});

test("bytes in memory are not copied, unless their memory is shared", async () => {
  expect((await openSource(bytes)).body).toBe(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const { body } = await openSource(shared);
  shared.fill(0);
  expect(await textOf(body)).toBe(text);
});

test("reads a path in Node", async () => {
  const path = await writeTemporary(text);
  const opened = await openSource(path);
  expect(opened.name).toBe("persona chats.jsonl");
  expect(await textOf(opened.body)).toBe(text);
});

test("a file that changes after it was opened is not read", async () => {
  const path = await writeTemporary(text);
  const { body } = await openSource(path);
  await writeFile(path, "another text\n");
  await expect(textOf(body)).rejects.toThrow();
});

test.each([
  ["no file", "/nowhere/a.jsonl"],
  ["a folder", tmpdir()],
])("refuses a path to %s, naming it", async (_, path) => {
  await expect(openSource(path)).rejects.toMatchObject({
    code: "bad_input",
    message: expect.stringContaining(path),
  });
});

test("a file above 4 GiB is read by slices, wherever they are, until it changes", async () => {
  const path = await writeTemporary("");
  const size = 2 ** 32 + 1_000;
  await truncate(path, size - bytes.length);
  await appendFile(path, bytes);
  const { body } = await openSource(path);
  expect(sizeOf(body)).toBe(size);
  expect(await readPart(sliceOf(body, size - bytes.length, size + 1), about)).toMatchObject({ bytes });
  await appendFile(path, "more");
  await expect(readPart(sliceOf(body, 0, 1), about)).rejects.toMatchObject({
    code: "bad_input",
    message: expect.stringContaining("changed"),
  });
});

test("refuses a path where there is no file system", async () => {
  using _ = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  await expect(openSource("a.jsonl")).rejects.toMatchObject({ code: "bad_input" });
});

test("gives up a stream that is longer than one upload holds", async () => {
  let produced = 0;
  async function* endless() {
    for (; ; produced++) yield new Uint8Array(1024 * 1024);
  }
  await expect(openSource(endless())).rejects.toMatchObject({ code: "too_large" });
  expect(produced).toBe(64);
});

const textOf = (body: UploadBody): Promise<string> => new Blob([body]).text();

const writeTemporary = async (content: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-client-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "persona chats.jsonl");
  await writeFile(path, content);
  return path;
};
