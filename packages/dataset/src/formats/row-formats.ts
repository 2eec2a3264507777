import type { JsonObject } from "../json/objects.ts";
import { parseAlpaca } from "./alpaca.ts";
import type { FormatId } from "./catalog.ts";
import { parseChat } from "./chat.ts";
import type { ParsedRow, ParseOptions } from "./parsed-row.ts";
import { parseOpenaiPreference, parseTrlPreference } from "./preference.ts";
import { parsePromptCompletion, parseUnpaired, promptNames } from "./prompt-completion.ts";
import { parseSharegpt } from "./sharegpt.ts";
import { parseText } from "./text.ts";

export type RowFormatId = Exclude<
  FormatId,
  "dialog" | "csv" | "tsv" | "plain-text" | "markdown" | "speaker-lines" | "html" | "pdf" | "docx" | "parquet"
>;

/** The formats whose rows are one object each, the most telling keys first. */
const rowFormats: {
  id: RowFormatId;
  recognises: (row: JsonObject) => boolean;
  parse: (row: JsonObject, options: ParseOptions) => ParsedRow;
}[] = [
  { id: "chat-jsonl", recognises: (row) => row.messages !== undefined, parse: parseChat },
  {
    id: "openai-preference-jsonl",
    recognises: (row) => row.preferred_output !== undefined || row.non_preferred_output !== undefined,
    parse: parseOpenaiPreference,
  },
  {
    id: "trl-preference-jsonl",
    recognises: (row) => row.chosen !== undefined || row.rejected !== undefined,
    parse: parseTrlPreference,
  },
  { id: "sharegpt", recognises: (row) => row.conversations !== undefined, parse: parseSharegpt },
  {
    id: "trl-unpaired-jsonl",
    recognises: (row) => row.completion !== undefined && row.label !== undefined,
    parse: parseUnpaired,
  },
  { id: "alpaca", recognises: (row) => row.instruction !== undefined, parse: parseAlpaca },
  {
    id: "prompt-completion-jsonl",
    recognises: (row) => promptNames(row) !== undefined || row.completion !== undefined,
    parse: parsePromptCompletion,
  },
  { id: "text-jsonl", recognises: (row) => row.text !== undefined, parse: parseText },
];

const parsers = new Map(rowFormats.map(({ id, parse }) => [id, parse]));

/** Which format an object is a row of, by its keys. */
export const recogniseRow = (row: JsonObject): RowFormatId | undefined => {
  for (const { id, recognises } of rowFormats) if (recognises(row)) return id;
  return undefined;
};

/** A row in the canonical form, as the format says. */
export const parseRow = (format: RowFormatId, row: JsonObject, options: ParseOptions): ParsedRow => {
  const parse = parsers.get(format);
  if (!parse) throw new TypeError(`No parser for rows of '${format}'`);
  return parse(row, options);
};
