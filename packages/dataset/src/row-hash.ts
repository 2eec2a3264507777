import { hash } from "node:crypto";
import type { CanonicalMessage, CanonicalRow } from "./rows.ts";

/** 128 bits in hexadecimal. */
export type RowHash = string;

const hexDigits = 32;

/**
 * A row's content as a hash: what is learnt and from what, never where it stands.
 *
 * Equal hashes mean equal rows: used to find duplicates, to compare training with evaluation data, to split.
 */
export const hashRow = (row: CanonicalRow): RowHash => hash("sha256", contentOf(row)).slice(0, hexDigits);

/** All that a row teaches, as one text that no other content has. */
export const contentOf = ({ messages, text, tools, rejected, answerFrom, label }: CanonicalRow): string => {
  let content = "";
  if (text !== undefined) content = `text ${text.length} ${text}`;
  if (messages) content += messagesContent(messages);
  if (rejected) content += ` rejected${messagesContent(rejected)}`;
  if (tools) content += ` tools${JSON.stringify(tools)}`;
  if (answerFrom !== undefined) content += ` from${answerFrom}`;
  if (label !== undefined) content += ` label${label}`;
  return content;
};

/** Lengths keep one text from passing for two. */
const messagesContent = (messages: CanonicalMessage[]): string => {
  let content = "";
  for (const message of messages) {
    content += `\n${message.role} ${message.weight ?? 1} ${message.content.length} ${message.content}`;
    if (message.name !== undefined) content += ` name ${message.name.length} ${message.name}`;
    if (message.tool_calls) content += ` calls${JSON.stringify(message.tool_calls)}`;
    if (message.tool_call_id !== undefined) content += ` call ${JSON.stringify(message.tool_call_id)}`;
  }
  return content;
};
