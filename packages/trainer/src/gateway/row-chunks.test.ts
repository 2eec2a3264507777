import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rowChunks } from "./row-chunks.ts";

const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), "loraloom-chunks-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

test("every row is in one chunk, in order, and what waits does not grow with the rows", async () => {
  await using folder = await temporaryFolder();
  const text = "x".repeat(1000);
  let produced = 0;
  const rows = async function* () {
    for (; produced < 10_000; produced += 1) yield { line: produced, text };
  };
  const seen: number[] = [];
  let mostWaiting = 0;
  for await (const path of rowChunks(rows(), folder.path)) {
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    mostWaiting = Math.max(mostWaiting, produced - seen.length);
    seen.push(...lines.map((line) => JSON.parse(line).line));
    expect((await readdir(folder.path)).length).toBeLessThanOrEqual(2);
  }
  expect(seen).toEqual(Array.from({ length: 10_000 }, (_, line) => line));
  expect(mostWaiting).toBeLessThan(1100);
});

test("no rows are no chunk", async () => {
  await using folder = await temporaryFolder();
  const none = (async function* (): AsyncGenerator<object> {})();
  expect(await Array.fromAsync(rowChunks(none, folder.path))).toEqual([]);
});
