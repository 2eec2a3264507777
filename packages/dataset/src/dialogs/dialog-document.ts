import { isObject, type JsonObject } from "../json/objects.ts";
import { isTurn } from "./turns.ts";

/** Under which key an object holds a dialog: its own, or the messages of a chat export. */
export const dialogKeyOf = (value: JsonObject): string | undefined => {
  if (value.dialog !== undefined) return "dialog";
  const { messages } = value;
  // A chat's first message has a role: most rows need no closer look.
  if (!Array.isArray(messages) || hasRole(messages[0])) return undefined;
  return messages.some(isExportedTurn) ? "messages" : undefined;
};

/** Chat exports hold entries that nobody says, such as that somebody joined. */
export const isServiceEntry = (entry: unknown): boolean => isObject(entry) && entry.type === "service";

const hasRole = (entry: unknown): boolean => isObject(entry) && entry.role !== undefined;

const isExportedTurn = (entry: unknown): boolean => isObject(entry) && isTurn(entry);
