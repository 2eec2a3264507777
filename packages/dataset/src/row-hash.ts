import { Murmur128, type Words } from "./murmur128.ts";
import type { CanonicalMessage, CanonicalRow } from "./rows.ts";

/** 128 bits as four signed 32-bit words. */
export type RowHash = Words;

/** What a text of a row is: the same words as another part are another row. */
const marks = {
  text: 1,
  rejected: 2,
  tools: 3,
  answerFrom: 4,
  good: 5,
  bad: 6,
  name: 7,
  toolCalls: 8,
  toolCallId: 9,
  context: 10,
  system: 11,
  user: 12,
  assistant: 13,
  tool: 14,
} as const;

/**
 * A row's content as a hash: what is learnt and from what, never where it stands.
 *
 * Equal hashes mean equal rows: used to find duplicates, to compare training with evaluation data, to split.
 */
export const hashRow = (row: CanonicalRow, seed = 0): RowHash => {
  const hash = new Murmur128(seed);
  const { messages, text, tools, rejected, answerFrom, label } = row;
  if (text !== undefined) hash.mark(marks.text).text(text);
  if (messages) addMessages(hash, messages);
  if (rejected) addMessages(hash.mark(marks.rejected), rejected);
  if (tools) hash.mark(marks.tools).text(JSON.stringify(tools));
  if (answerFrom !== undefined) hash.mark(marks.answerFrom).text(String(answerFrom));
  if (label !== undefined) hash.mark(label ? marks.good : marks.bad);
  return hash.end();
};

const addMessages = (hash: Murmur128, messages: CanonicalMessage[]): void => {
  for (const message of messages) {
    hash.mark(message.weight === 0 ? marks.context : marks[message.role]).text(message.content);
    if (message.name !== undefined) hash.mark(marks.name).text(message.name);
    if (message.tool_calls) hash.mark(marks.toolCalls).text(JSON.stringify(message.tool_calls));
    if (message.tool_call_id !== undefined) hash.mark(marks.toolCallId).text(message.tool_call_id);
  }
};
