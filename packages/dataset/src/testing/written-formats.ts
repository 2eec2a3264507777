import type { CanonicalMessage, CanonicalRow } from "../rows.ts";

type Content = Omit<CanonicalRow, "source">;

/** A row with one question and its answer. */
const pairOf = ({ messages = [] }: Content): [string, string] => [
  messages[0]?.content ?? "",
  messages[1]?.content ?? "",
];

const jsonLines = (rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const prompt = ({ messages = [], answerFrom }: Content): CanonicalMessage[] => messages.slice(0, answerFrom);
const answer = ({ messages = [], answerFrom }: Content): CanonicalMessage[] => messages.slice(answerFrom);

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const table = (header: string[], delimiter: string, records: string[][]): string =>
  [header, ...records].map((cells) => cells.map(quoted).join(delimiter)).join("\r\n");

const shareGptNames = { system: "system", user: "human", assistant: "gpt", tool: "tool" };

/** Canonical rows written as files of each format that can hold them; what the rows of each must be. */
export const writers: Record<
  string,
  { rows: "chats" | "questions" | "pairs" | "labels" | "texts"; write: (rows: Content[]) => string }
> = {
  "chat JSONL": { rows: "chats", write: (rows) => jsonLines(rows) },
  "a list of chats": { rows: "chats", write: (rows) => JSON.stringify(rows, null, 2) },
  "a list on one line": { rows: "chats", write: (rows) => JSON.stringify(rows) },
  ShareGPT: {
    rows: "chats",
    write: (rows) =>
      jsonLines(
        rows.map(({ messages = [] }) => ({
          conversations: messages.map(({ role, content }) => ({ from: shareGptNames[role], value: content })),
        })),
      ),
  },
  "a messages column": {
    rows: "chats",
    write: (rows) =>
      table(
        ["messages"],
        ",",
        rows.map(({ messages }) => [JSON.stringify(messages)]),
      ),
  },
  "prompt and completion JSONL": {
    rows: "questions",
    write: (rows) =>
      jsonLines(rows.map(pairOf).map(([question, completion]) => ({ prompt: question, completion }))),
  },
  Alpaca: {
    rows: "questions",
    write: (rows) =>
      JSON.stringify(rows.map(pairOf).map(([instruction, output]) => ({ instruction, output }))),
  },
  CSV: { rows: "questions", write: (rows) => table(["prompt", "completion"], ",", rows.map(pairOf)) },
  TSV: {
    rows: "questions",
    write: (rows) => `\uFEFF${table(["question", "answer"], "\t", rows.map(pairOf))}`,
  },
  "OpenAI preference": {
    rows: "pairs",
    write: (rows) =>
      jsonLines(
        rows.map((row) => ({
          input: { messages: prompt(row) },
          preferred_output: answer(row),
          non_preferred_output: row.rejected,
        })),
      ),
  },
  "TRL preference": {
    rows: "pairs",
    write: (rows) =>
      jsonLines(rows.map((row) => ({ prompt: prompt(row), chosen: answer(row), rejected: row.rejected }))),
  },
  "TRL unpaired": {
    rows: "labels",
    write: (rows) =>
      jsonLines(rows.map((row) => ({ prompt: prompt(row), completion: answer(row), label: row.label }))),
  },
  "text JSONL": { rows: "texts", write: (rows) => jsonLines(rows) },
};
