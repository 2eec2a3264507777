import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeRows } from "./write-rows.ts";

const mebibyte = 1024 ** 2;

const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), "loraloom-rows-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

test("rows are written as they come: what waits in memory does not grow with the file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "rows.jsonl.gz");
  let produced = 0;
  let mostWaiting = 0;
  /** Half of what these rows take is the least that gzip makes of them. */
  const rows = async function* () {
    while (produced < 24 * mebibyte) {
      const text = randomBytes(12_000).toString("base64");
      produced += text.length;
      yield { text };
      if (produced > mebibyte) mostWaiting = Math.max(mostWaiting, produced / 2 - (await stat(path)).size);
    }
  };
  await writeRows(rows(), path);
  expect(mostWaiting).toBeLessThan(mebibyte);
});

test("each row is one line of the compressed file, and they are counted", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "rows.jsonl.gz");
  expect(await writeRows([{ a: 1 }, { b: "two\nlines" }], path)).toBe(2);
  expect(gunzipSync(await readFile(path)).toString()).toBe('{"a":1}\n{"b":"two\\nlines"}\n');
});
