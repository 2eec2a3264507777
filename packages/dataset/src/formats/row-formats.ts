import type { JsonObject } from "../json/objects.ts";
import { parseAlpaca } from "./alpaca.ts";
import type { FormatId } from "./catalog.ts";
import { parseChat } from "./chat.ts";
import type { ParsedRow } from "./parsed-row.ts";
import { parseOpenaiPreference, parseTrlPreference } from "./preference.ts";
import { parsePromptCompletion, parseUnpaired, promptNames } from "./prompt-completion.ts";
import { parseSharegpt } from "./sharegpt.ts";
import { parseText } from "./text.ts";

/** Names of keys, or of a table's columns. */
export type Keys = { has(key: string): boolean };

export type RowFormatId = Exclude<
  FormatId,
  "dialog" | "csv" | "tsv" | "plain-text" | "markdown" | "speaker-lines" | "html" | "pdf" | "docx" | "parquet"
>;

/** The formats whose rows are one object each, the most telling keys first. */
const rowFormats: {
  id: RowFormatId;
  recognises: (keys: Keys) => boolean;
  parse: (row: JsonObject) => ParsedRow;
}[] = [
  { id: "chat-jsonl", recognises: (keys) => keys.has("messages"), parse: parseChat },
  {
    id: "openai-preference-jsonl",
    recognises: (keys) => keys.has("preferred_output") || keys.has("non_preferred_output"),
    parse: parseOpenaiPreference,
  },
  {
    id: "trl-preference-jsonl",
    recognises: (keys) => keys.has("chosen") || keys.has("rejected"),
    parse: parseTrlPreference,
  },
  { id: "sharegpt", recognises: (keys) => keys.has("conversations"), parse: parseSharegpt },
  {
    id: "trl-unpaired-jsonl",
    recognises: (keys) => keys.has("completion") && keys.has("label"),
    parse: parseUnpaired,
  },
  { id: "alpaca", recognises: (keys) => keys.has("instruction"), parse: parseAlpaca },
  {
    id: "prompt-completion-jsonl",
    recognises: (keys) => promptNames(keys) !== undefined || keys.has("completion"),
    parse: parsePromptCompletion,
  },
  { id: "text-jsonl", recognises: (keys) => keys.has("text"), parse: parseText },
];

const parsers = new Map(rowFormats.map(({ id, parse }) => [id, parse]));

/** Which format an object with these keys is a row of. */
export const recogniseRow = (keys: Keys): RowFormatId | undefined =>
  rowFormats.find(({ recognises }) => recognises(keys))?.id;

/** A row in the canonical form, as the format says. */
export const parseRow = (format: RowFormatId, row: JsonObject): ParsedRow => {
  const parse = parsers.get(format);
  if (!parse) throw new TypeError(`No parser for rows of '${format}'`);
  return parse(row);
};

export const keysOf = (row: JsonObject): Keys => ({ has: (key) => Object.hasOwn(row, key) });
