import { Murmur128, type Words } from "./murmur128.ts";
import type { CanonicalMessage, CanonicalRow } from "./rows.ts";

/** 128 bits as four unsigned 32-bit words. */
export type RowHash = Words;

/**
 * A row's content as a hash: what is learnt and from what, never where it stands.
 *
 * Equal hashes mean equal rows: used to find duplicates, to compare training with evaluation data, to split.
 */
export const hashRow = (row: CanonicalRow, seed = 0): RowHash => {
  const hash = new Murmur128(seed);
  const { messages, text, tools, rejected, answerFrom, label } = row;
  if (text !== undefined) hash.text("text").text(text);
  if (messages) addMessages(hash.text("messages"), messages);
  if (rejected) addMessages(hash.text("rejected"), rejected);
  if (tools) hash.text("tools").text(JSON.stringify(tools));
  if (answerFrom !== undefined) hash.text(`from ${answerFrom}`);
  if (label !== undefined) hash.text(label ? "good" : "bad");
  return hash.end();
};

const addMessages = (hash: Murmur128, messages: CanonicalMessage[]): void => {
  for (const message of messages) {
    hash.text(message.weight === 0 ? "context" : message.role).text(message.content);
    if (message.name !== undefined) hash.text("name").text(message.name);
    if (message.tool_calls) hash.text("calls").text(JSON.stringify(message.tool_calls));
    if (message.tool_call_id !== undefined) hash.text("call").text(message.tool_call_id);
  }
};
