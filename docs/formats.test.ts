import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type FormatId, formats } from "../packages/dataset/src/index.ts";

/** What stands for an example of a file that is no text. */
const documents: Partial<Record<FormatId, string>> = {
  pdf: "its text, page by page",
  docx: "its text",
  parquet: "columns named as in CSV, or one of `messages`",
};

/** A file in one cell: its lines below each other, a tab as an arrow. */
const cellOf = (example: string): string =>
  example
    .split("\n")
    .map((line) => (line === "" ? "" : `\`${line.replaceAll("\t", "→").replaceAll("|", "\\|")}\``))
    .join("<br>");

const table = [
  "| format | example |",
  "| --- | --- |",
  ...formats.map(({ id, title, example }) => `| ${title} | ${example ? cellOf(example) : documents[id]} |`),
].join("\n");

/** The formatter pads cells to one width. */
const unpadded = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");

it("the README shows every format in one table with an example each", () => {
  expect(unpadded(readFileSync("README.md", "utf8"))).toContain(`\n${unpadded(table)}\n`);
});

it("a format without an example says what is read of it", () => {
  const unsaid = formats.filter(({ id, example }) => example === null && !documents[id]);
  expect(unsaid).toEqual([]);
});
