import fc from "fast-check";
import { expect, it } from "vitest";
import { splitLines } from "./lines.ts";
import { collect, inChunks } from "./testing/bytes.ts";

const linesOf = async (content: string, chunk: number, limit?: number) => {
  const lines = await collect(splitLines(inChunks(content, chunk), limit));
  return lines.map(({ number, bytes }) => [number, bytes && Buffer.from(bytes).toString()]);
};

it("gives the same lines however the stream is cut", async () => {
  const line = fc
    .string({ unit: "grapheme" })
    .filter((text) => !/[\r\n]/.test(text) && !text.startsWith("\uFEFF"));
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

it("takes a last line without an end and takes off a byte order mark", async () => {
  expect(await linesOf("\uFEFFfirst\nlast", 2)).toEqual([
    [1, "first"],
    [2, "last"],
  ]);
  expect(await linesOf("\uFEFFonly", 1)).toEqual([[1, "only"]]);
});

it("gives no bytes for a line over the limit and goes on after it", async () => {
  expect(await linesOf(`ok\n${"x".repeat(50)}\n12345678\r\n123456789`, 3, 8)).toEqual([
    [1, "ok"],
    [2, undefined],
    [3, "12345678"],
    [4, undefined],
  ]);
});

it("forgets a line over the limit while it reads", async () => {
  const mebibyte = new Uint8Array(1024 * 1024).fill(120);
  async function* oneLineOf512Mebibytes() {
    for (let sent = 0; sent < 512; sent += 1) yield mebibyte;
  }
  const before = process.memoryUsage().arrayBuffers;
  expect(await collect(splitLines(oneLineOf512Mebibytes()))).toEqual([{ number: 1, bytes: undefined }]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * mebibyte.length);
});
