import fc from "fast-check";
import { expect, it } from "vitest";
import { collect, inChunks } from "../testing/bytes.ts";
import { foreignEncoding, guessEncoding, wholeCharacters } from "./encodings.ts";
import { utf8Text } from "./utf8-text.ts";

it.each([
  ["UTF-16", Buffer.from("\uFEFFWho goes?", "utf16le")],
  ["UTF-16", Buffer.from("Who goes there?", "utf16le")],
  ["UTF-16", Buffer.from("Who goes there?", "utf16le").swap16()],
  ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x57, 0, 0, 0])],
  [undefined, Buffer.from("Who goes there? 🐙 שלום")],
  [undefined, Buffer.from([0, 0, 0, 0, 0, 0])],
  [undefined, Buffer.from("")],
])("sees %s in a file's beginning", (encoding, bytes) => {
  expect(foreignEncoding(bytes)).toBe(encoding);
});

it("guesses Windows-1252 for accents, and nothing for control characters", () => {
  expect(guessEncoding(Buffer.from("café", "latin1"))).toBe("Windows-1252 or Latin-1");
  expect(guessEncoding(Buffer.from([0xe9, 0x01]))).toBeUndefined();
});

it("never cuts through a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 20 }), (text, cut) => {
      const bytes = Buffer.from(text.toWellFormed());
      const head = bytes.subarray(0, Math.max(0, bytes.length - cut));
      expect(bytes.toString().startsWith(head.subarray(0, wholeCharacters(head)).toString())).toBe(true);
    }),
  );
});

it("decodes text however it is cut, and names the first line that is not UTF-8", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 5 }), async (text, chunk) => {
      expect((await collect(utf8Text(inChunks(text, chunk)))).join("")).toBe(text);
    }),
  );
  const bytes = Buffer.concat([Buffer.from("ok\n🐙\n"), Buffer.from("café\n", "latin1")]);
  for (const chunk of [1, 3, 100]) {
    await expect(collect(utf8Text(inChunks(bytes, chunk)))).rejects.toMatchObject({
      code: "not_utf8",
      line: 3,
    });
  }
});
