import fc from "fast-check";
import { expect, it } from "vitest";
import { Passages } from "./passages.ts";

const cut = (text: string, piece = 50_000) => {
  const passages = new Passages();
  const found = [];
  for (let at = 0; at < text.length; at += piece) found.push(...passages.push(text.slice(at, at + piece)));
  return [...found, ...passages.end()];
};
const paragraph = (at: number) => `${at} ${"The sea was calm. ".repeat(100)}`.trim();

it("keeps a short text whole, without the blank lines around it, and names its first line", () => {
  expect(cut("\n  \n  One.\n\nTwo.\n\n")).toEqual([{ text: "  One.\n\nTwo.", line: 3 }]);
});

it("cuts between paragraphs and names the line of each part", () => {
  const paragraphs = Array.from({ length: 50 }, (_, at) => paragraph(at));
  const passages = cut(paragraphs.join("\n\n"));
  expect(passages.map(({ text }) => text).join("\n\n")).toBe(paragraphs.join("\n\n"));
  expect(passages.length).toBeGreaterThan(2);
  for (const { text, line } of passages) expect(text.startsWith(`${(line - 1) / 2} The`)).toBe(true);
});

it("cuts a text without any border between two characters", () => {
  const text = `a${"🐙".repeat(20_000)}`;
  const passages = cut(text, 999).map((passage) => passage.text);
  expect(passages.join("")).toBe(text);
  expect(passages.every((passage) => passage.isWellFormed())).toBe(true);
});

it("loses nothing but whitespace, and no part is longer than 32 KiB", () => {
  const word = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("\n\n", "\n", ". ", "x".repeat(9_000)),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const passages = cut(words.join(""), 777);
      const letters = (text: string) => text.replaceAll(/\s/g, "");
      expect(letters(passages.map(({ text }) => text).join(""))).toBe(letters(words.join("")));
      for (const { text } of passages) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32 * 1024);
    }),
  );
});
