import type { RowFault } from "../faults.ts";
import type { JsonObject } from "../json/objects.ts";
import type { CanonicalMessage } from "../rows.ts";
import { type ParsedMessages, parseMessages } from "./messages.ts";
import { faultsOfText } from "./parsed-row.ts";

/** A prompt: a text, a message list, or nothing; earlier replies in it are context, not learnt. */
export const parsePrompt = (prompt: unknown, path: string): ParsedMessages => {
  if (isNothing(prompt)) return { messages: [] };
  if (!Array.isArray(prompt)) return parseSaid(prompt, { role: "user", path });
  const parsed = parseMessages(prompt, path);
  return "faults" in parsed ? parsed : { messages: parsed.messages.map(asContext) };
};

/** The row's own `system`, where it has one. */
export const parseSystem = ({ system }: JsonObject): ParsedMessages => {
  if (isNothing(system)) return { messages: [] };
  return parseSaid(system, { role: "system", path: "system" });
};

/** An answer: a text, or a message list with a reply of the assistant. */
export const parseAnswer = (answer: unknown, path: string): ParsedMessages => {
  if (!Array.isArray(answer)) return parseSaid(answer, { role: "assistant", path });
  const parsed = parseMessages(answer, path);
  if ("faults" in parsed || parsed.messages.some(({ role }) => role === "assistant")) return parsed;
  return { faults: [noReply(path)] };
};

/** Reads the parts of a row one after the other and reports the faults of all. */
export const allMessages = (
  parts: ParsedMessages[],
): { lists: CanonicalMessage[][] } | { faults: RowFault[] } => {
  const faults = parts.flatMap((part) => ("faults" in part ? part.faults : []));
  if (faults.length > 0) return { faults };
  return { lists: parts.flatMap((part) => ("messages" in part ? [part.messages] : [])) };
};

/** A reply that is there to be answered to, not to be learnt. */
export const asContext = (message: CanonicalMessage): CanonicalMessage =>
  message.role === "assistant" ? { ...message, weight: 0 } : message;

const noReply = (path: string): RowFault => ({
  path,
  code: "example_missing_assistant_message",
  message: `${path} has no message by the assistant.`,
});

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === "";

const parseSaid = (
  content: unknown,
  { role, path }: { role: "system" | "user" | "assistant"; path: string },
): ParsedMessages => {
  const faults = faultsOfText(content, path);
  return faults.length > 0 ? { faults } : { messages: [{ role, content: String(content) }] };
};
