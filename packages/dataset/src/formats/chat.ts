import type { JsonObject } from "../json/objects.ts";
import { hasLearntReply, parseMessages } from "./messages.ts";
import { faulty, type ParsedRow, type ParseOptions } from "./parsed-row.ts";
import { parseTools } from "./tool-calls.ts";

/** A row of chat JSONL: `{"messages": [...], "tools": [...]}`. */
export const parseChat = (row: JsonObject, options: ParseOptions): ParsedRow => {
  if (row.messages === undefined) {
    return faulty({ path: null, code: "missing_messages_list", message: "The row has no 'messages'." });
  }
  const tools = parseTools(row);
  const parsed = parseMessages(row.messages, "messages", options);
  if ("faults" in parsed || "faults" in tools) {
    return faulty(...("faults" in tools ? tools.faults : []), ...("faults" in parsed ? parsed.faults : []));
  }
  if (hasLearntReply(parsed.messages)) return { content: { ...tools, messages: parsed.messages } };
  return faulty({
    path: "messages",
    code: "example_missing_assistant_message",
    message: "No message is by the assistant with weight 1.",
  });
};
