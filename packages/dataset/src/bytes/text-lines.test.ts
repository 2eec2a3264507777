import fc from "fast-check";
import { expect, it } from "vitest";
import { limits } from "../limits.ts";
import { collect, inChunks } from "../testing/bytes.ts";
import { textLines } from "./text-lines.ts";

const linesOf = async (content: string | Uint8Array, chunk: number, limit: number = limits.rowBytes) => {
  const lines = (await collect(textLines(inChunks(content, chunk), limit))).flat();
  return lines.map((line) => [line.number, "text" in line ? line.text : line.problem]);
};

it("gives the same lines however the stream is cut", async () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n]/.test(text));
  const property = fc.asyncProperty(
    fc.array(line, { minLength: 1 }),
    fc.constantFrom("\n", "\r\n"),
    fc.integer({ min: 1, max: 30 }),
    async (texts, end, chunk) => {
      const content = texts.map((text) => text + end).join("");
      expect(await linesOf(content, chunk)).toEqual(texts.map((text, at) => [at + 1, text]));
    },
  );
  await fc.assert(property);
});

it("takes a last line without an end", async () => {
  expect(await linesOf("first\nlast", 2)).toEqual([
    [1, "first"],
    [2, "last"],
  ]);
});

it("names the lines that are not UTF-8 and reads the others", async () => {
  expect(await linesOf(Buffer.from("caf\u00e9\nok\nna\u00efve\n", "latin1"), 4)).toEqual([
    [1, "not_utf8"],
    [2, "ok"],
    [3, "not_utf8"],
  ]);
});

it("gives no text for a line over the limit and goes on after it", async () => {
  expect(await linesOf(`ok\n${"x".repeat(50)}\n12345678\r\n123456789`, 3, 8)).toEqual([
    [1, "ok"],
    [2, "too_large"],
    [3, "12345678"],
    [4, "too_large"],
  ]);
});

it("forgets a line over the limit while it reads", async () => {
  const mebibyte = new Uint8Array(1024 * 1024).fill(120);
  async function* oneLineOf512Mebibytes() {
    for (let sent = 0; sent < 512; sent += 1) yield mebibyte;
  }
  gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const lines = await collect(textLines(oneLineOf512Mebibytes(), limits.rowBytes));
  expect(lines.flat()).toEqual([{ number: 1, problem: "too_large" }]);
  gc?.();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * mebibyte.length);
});
