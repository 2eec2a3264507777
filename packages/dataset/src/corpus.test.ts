/** Every file of `corpus/` against the report that stands beside it, read and written by people. */
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formats } from "./formats/catalog.ts";
import { type FileReport, inspectFile } from "./report.ts";

const corpus = join(import.meta.dirname, "../corpus");
const filesOf = (side: "good" | "bad"): string[] =>
  readdirSync(join(corpus, side))
    .filter((name) => !/\.(report|options)\.json$/.test(name))
    .map((name) => join(side, name));
const good = filesOf("good");
const bad = filesOf("bad");

/** Beside the file, `{}` where there is none. */
const readJson = (file: string, suffix: string): Record<string, string> => {
  const beside = readdirSync(join(corpus, file, "..")).map((name) => join(file, "..", name));
  return beside.includes(file + suffix) ? JSON.parse(readFileSync(join(corpus, file + suffix), "utf8")) : {};
};

const expectedReport = (file: string): FileReport =>
  JSON.parse(readFileSync(join(corpus, `${file}.report.json`), "utf8"));

/** In small chunks, so that cuts fall anywhere. */
const inspect = (file: string): Promise<FileReport> =>
  inspectFile({
    name: file.slice(file.indexOf("/") + 1),
    bytes: createReadStream(join(corpus, file), { highWaterMark: 100 }),
    ...readJson(file, ".options.json"),
  });

it.each([...good, ...bad])("%s", async (file) => {
  expect(await inspect(file)).toEqual(expectedReport(file));
});

it("has files enough, of every format", () => {
  expect(good.length + bad.length).toBeGreaterThanOrEqual(60);
  const found = new Set(good.map((file) => expectedReport(file).format));
  expect(formats.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
});

it("has no fault in a good file and at least one in a bad one", () => {
  expect(good.filter((file) => expectedReport(file).faultCount > 0)).toEqual([]);
  expect(bad.filter((file) => expectedReport(file).faultCount === 0)).toEqual([]);
});

/** What a file says by itself; `over_length` and `row_unused_by_method` need a run's length and its method. */
const codesOfFiles = [
  "invalid_json",
  "data_type",
  "missing_messages_list",
  "empty_messages",
  "message_missing_key",
  "message_unrecognized_key",
  "unrecognized_role",
  "missing_content",
  "example_missing_assistant_message",
  "mixed_formats",
  "not_utf8",
  "empty_file",
  "too_large",
  "unknown_format",
  "speaker_not_found",
  "bad_weight",
  "bad_csv",
  "unsupported_modality",
  "no_text",
  "encrypted_document",
  "document_limit",
  "inspection_failed",
];

it.each(codesOfFiles)("has a file with %s and nothing else", (code) => {
  const alone = bad.filter((file) => expectedReport(file).faults.every((fault) => fault.code === code));
  expect(alone).not.toEqual([]);
});
