import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collect } from "../testing/bytes.ts";
import { documentLimits } from "./document-limits.ts";
import { readDocument } from "./read-document.ts";
import { startReader } from "./reader-process.ts";
import { streamed } from "./testing/fixtures.ts";

/** Readers put their folders here; other tests have theirs elsewhere. */
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loraloom with spaces "));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const longPage = "<p>A paragraph of some length, again and again.</p>".repeat(400_000);

test("a consumer that stops early leaves no process, no folder and an ended source", async () => {
  let isSourceEnded = false;
  async function* source() {
    try {
      yield* streamed(longPage);
    } finally {
      isSourceEnded = true;
    }
  }
  for await (const block of readDocument(source(), "html")) {
    expect(block.text).toContain("A paragraph");
    break;
  }
  expect(isSourceEnded).toBe(true);
  expect(await readdir(tmpdir())).toEqual([]);
});

test("a source that fails takes its reader with it, and its error is what the consumer gets", async () => {
  async function* source() {
    yield Buffer.from("<p>begun");
    throw new Error("the store is away");
  }
  await expect(collect(readDocument(source(), "html"))).rejects.toThrow("the store is away");
  expect(await readdir(tmpdir())).toEqual([]);
});

test("a reader that was disposed of is gone with its folder", async () => {
  const reader = await startReader("html", documentLimits);
  await reader[Symbol.asyncDispose]();
  expect(await reader.ended).toMatchObject({ signal: "SIGKILL", isOutOfMemory: false });
  expect(await readdir(tmpdir())).toEqual([]);
});

test("the memory of the parent stays flat over 150 MB of text", async () => {
  gc?.();
  const before = process.memoryUsage.rss();
  let peak = 0;
  let blocks = 0;
  for await (const _ of readDocument(repeated(`<p>${"paragraph ".repeat(100)}</p>`, 150_000), "html")) {
    blocks += 1;
    if (blocks % 1000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  expect(blocks).toBe(150_000);
  expect(peak - before).toBeLessThan(100 * 1024 * 1024);
});

test("a package in a folder with spaces reads as well", async () => {
  const program = await copyPackage(folder);
  const read = `const { readDocument } = await import(${JSON.stringify(program)});
    for await (const { text } of readDocument([Buffer.from("<p>read")], "html")) process.stdout.write(text);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", read]);
  expect(stdout).toBe("read");
});

async function* repeated(text: string, times: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.from(text.repeat(1000));
  for (let written = 0; written < times; written += 1000) yield chunk;
}

const copyPackage = async (folder: string): Promise<string> => {
  const original = fileURLToPath(new URL("../..", import.meta.url));
  for (const part of ["package.json", "node_modules", "src/documents"]) {
    await cp(join(original, part), join(folder, part), { recursive: true });
  }
  return pathToFileURL(join(folder, "src/documents/index.ts")).href;
};
