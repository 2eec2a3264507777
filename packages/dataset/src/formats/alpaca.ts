import { type RowFault, wrongType } from "../faults.ts";
import type { JsonObject } from "../json/objects.ts";
import type { CanonicalMessage } from "../rows.ts";
import { faultsOfText, faulty, missingKey, type ParsedRow } from "./parsed-row.ts";

/** `{"instruction", "input", "output", "system", "history": [[question, answer], …]}`. */
export const parseAlpaca = (row: JsonObject): ParsedRow => {
  const missing = ["instruction", "output"].filter((key) => !Object.hasOwn(row, key));
  if (missing.length > 0) return faulty(...missing.map((key) => missingKey(null, key)));
  const faults = [
    ...faultsOfGiven(row, "system"),
    ...faultsOfHistory(row.history),
    ...faultsOfText(row.instruction, "instruction"),
    ...faultsOfGiven(row, "input"),
    ...faultsOfText(row.output, "output"),
  ];
  return faults.length > 0 ? { faults } : { content: { messages: messagesOf(row) } };
};

const messagesOf = (row: JsonObject): CanonicalMessage[] => [
  ...(isGiven(row.system) ? [{ role: "system" as const, content: String(row.system) }] : []),
  ...((row.history ?? []) as [string, string][]).flatMap(([question, answer]) => round(question, answer)),
  ...round(
    isGiven(row.input) ? `${row.instruction}\n${row.input}` : String(row.instruction),
    String(row.output),
  ),
];

const round = (question: string, answer: string): CanonicalMessage[] => [
  { role: "user", content: question },
  { role: "assistant", content: answer },
];

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const faultsOfGiven = (row: JsonObject, key: string): RowFault[] =>
  isGiven(row[key]) ? faultsOfText(row[key], key) : [];

const faultsOfHistory = (history: unknown): RowFault[] => {
  if (history === undefined || history === null) return [];
  if (!Array.isArray(history)) return [wrongType("history", "a list", history)];
  return history.flatMap((entry, at) => {
    const path = `history[${at}]`;
    if (!Array.isArray(entry)) return [wrongType(path, "a list", entry)];
    if (entry.length !== 2) return [notTwo(path, entry.length)];
    return entry.flatMap((text, side) => faultsOfText(text, `${path}[${side}]`));
  });
};

const notTwo = (path: string, length: number): RowFault => ({
  path,
  code: "data_type",
  message: `${path} must be a question and an answer; it has ${length} entries.`,
});
