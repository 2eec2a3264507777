import { type RowFault, shown, wrongType } from "../faults.ts";
import { isObject, type JsonObject } from "../json/objects.ts";
import { parseJson } from "../json/parse-json.ts";
import { hasLearntReply, parseMessages } from "./messages.ts";
import { faultsOfText, faulty, missingKey, type ParsedRow, unknownRole } from "./parsed-row.ts";
import { parseTools } from "./tool-calls.ts";

const roles: Record<string, string> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  model: "assistant",
  system: "system",
  tool: "tool",
  observation: "tool",
  function_call: "assistant",
};
const keys = new Set(["from", "value", "weight"]);

/** `{"conversations": [{"from": "human", "value": …}, …], "system", "tools"}`. */
export const parseSharegpt = (row: JsonObject): ParsedRow => {
  const path = "conversations";
  const list = row[path];
  if (!Array.isArray(list)) return faulty(wrongType(path, "a list", list));
  if (list.length === 0) return faulty({ path, code: "empty_messages", message: `${path} is empty.` });
  const tools = parseToolsText(row);
  const entries = list.map((entry, at) => toMessage(entry, `${path}[${at}]`));
  const faults = [
    ...("faults" in tools ? tools.faults : []),
    ...(isSystem(row.system) ? faultsOfText(row.system, "system") : []),
    ...entries.flatMap((entry) => ("faults" in entry ? entry.faults : [])),
  ];
  if (faults.length > 0 || "faults" in tools) return { faults };
  const parsed = parseMessages(
    entries.map((entry) => ("message" in entry ? entry.message : entry)),
    path,
  );
  if ("faults" in parsed) return parsed;
  if (!hasLearntReply(parsed.messages)) {
    const message = "No entry is by 'gpt' or 'assistant'.";
    return faulty({ path, code: "example_missing_assistant_message", message });
  }
  const system = isSystem(row.system) ? [{ role: "system" as const, content: String(row.system) }] : [];
  return { content: { messages: [...system, ...parsed.messages], ...tools } };
};

const isSystem = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Some tools write the tools as JSON text. */
const parseToolsText = (row: JsonObject): ReturnType<typeof parseTools> => {
  if (typeof row.tools !== "string" || row.tools === "") return row.tools === "" ? {} : parseTools(row);
  const parsed = parseJson(row.tools);
  if ("value" in parsed) return parseTools({ tools: parsed.value });
  return faulty({ path: "tools", code: "invalid_json", message: `tools is not JSON: ${parsed.reason}.` });
};

type Entry = { message: JsonObject } | { faults: RowFault[] };

const toMessage = (entry: unknown, path: string): Entry => {
  if (!isObject(entry)) return faulty(wrongType(path, "an object", entry));
  if (Object.hasOwn(entry, "role")) return { message: entry };
  const { from, value, weight } = entry;
  const missing = ["from", "value"].filter((key) => !Object.hasOwn(entry, key));
  const unknown = Object.keys(entry).filter((key) => !keys.has(key));
  const role = typeof from === "string" && Object.hasOwn(roles, from) ? roles[from] : undefined;
  const faults: RowFault[] = [
    ...missing.map((key) => missingKey(path, key)),
    ...unknown.map((key) => unknownKey(path, key)),
    ...(role || missing.includes("from") ? [] : [unknownRole(`${path}.from`, from)]),
    ...(missing.includes("value") ? [] : faultsOfText(value, `${path}.value`)),
  ];
  if (faults.length > 0) return { faults };
  if (from === "function_call") return toCall(String(value), path);
  return { message: { role, content: value, ...(weight !== undefined && { weight }) } };
};

const unknownKey = (path: string, key: string): RowFault => ({
  path,
  code: "message_unrecognized_key",
  message: `${path} has the unknown key ${shown(key)}.`,
});

/** A call stands as JSON text: `{"name", "arguments"}`. */
const toCall = (value: string, path: string): Entry => {
  const parsed = parseJson(value);
  if ("value" in parsed)
    return { message: { role: "assistant", content: null, function_call: parsed.value } };
  return faulty({
    path: `${path}.value`,
    code: "invalid_json",
    message: `The call is not JSON: ${parsed.reason}.`,
  });
};
