import { type RowFault, typeName } from "../faults.ts";
import type { CanonicalMessage } from "../rows.ts";
import { faultsOfMessage, isObject, toCanonicalMessage } from "./chat-message.ts";

export type ParsedLine = { messages: CanonicalMessage[] } | { faults: RowFault[] };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Keys that change what a row teaches; to leave them out in silence would train something else. */
const toolKeys = ["tools", "functions"];

/** One line of chat JSONL: its messages, or everything that is wrong with it. */
export const parseChatLine = (bytes: Uint8Array): ParsedLine => {
  const text = decode(bytes);
  if (text === undefined) return fault("not_utf8", "The line is not UTF-8.");
  const parsed = parseJson(text);
  if ("reason" in parsed) return fault("invalid_json", `The line is not JSON: ${parsed.reason}.`);
  if (!isObject(parsed.value)) {
    return fault("data_type", `The line must be an object; it is ${typeName(parsed.value)}.`);
  }
  return parseRow(parsed.value);
};

const parseRow = (row: Record<string, unknown>): ParsedLine => {
  const list = row.messages;
  if (list === undefined) return fault("missing_messages_list", "The line has no 'messages'.");
  if (!Array.isArray(list))
    return fault("data_type", `messages must be a list; it is ${typeName(list)}.`, "messages");
  if (list.length === 0) return fault("empty_messages", "messages is empty.", "messages");
  const faults = [
    ...faultsOfTools(row),
    ...list.flatMap((entry, at) => faultsOfMessage(entry, `messages[${at}]`)),
  ];
  if (faults.length > 0) return { faults };
  const messages = list.map(toCanonicalMessage);
  if (messages.some(isLearnt)) return { messages };
  return fault(
    "example_missing_assistant_message",
    "No message is by the assistant with weight 1.",
    "messages",
  );
};

const faultsOfTools = (row: Record<string, unknown>): RowFault[] =>
  toolKeys
    .filter((key) => Object.hasOwn(row, key))
    .map((key) => ({
      path: key,
      code: "message_unrecognized_key",
      message: `The line has '${key}'; tools are not trained.`,
    }));

const isLearnt = (message: CanonicalMessage): boolean => message.role === "assistant" && message.weight !== 0;

const fault = (code: RowFault["code"], message: string, path: string | null = null): ParsedLine => ({
  faults: [{ code, message, path }],
});

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
};

const parseJson = (text: string): { value: unknown } | { reason: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { reason: printable(error.message) };
    throw error;
  }
};

/** The parser quotes the line, which may hold what a database refuses. */
const printable = (text: string): string => text.toWellFormed().replaceAll(/\p{Cc}/gu, " ");
