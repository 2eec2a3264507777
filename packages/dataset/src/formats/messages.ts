import { type RowFault, shown, wrongType } from "../faults.ts";
import { isObject, type JsonObject } from "../json/objects.ts";
import type { CanonicalMessage, ToolCall } from "../rows.ts";
import { faultsOfContent, textOf } from "./content.ts";
import { faultsOfUnicode, isBlank, missingKey, type ParseOptions, unknownRole } from "./parsed-row.ts";
import { faultsOfFunction, faultsOfToolCalls, toToolCalls } from "./tool-calls.ts";

const keys = new Set(["role", "content", "weight", "name", "tool_calls", "tool_call_id", "function_call"]);
/** What OpenAI's answers carry beside their text; null there means that nothing is to be learnt from it. */
const nullableKeys = new Set(["refusal", "audio", "annotations"]);
const canonicalRoles = new Map<string, CanonicalMessage["role"]>([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["assistant", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
]);

export type ParsedMessages = { messages: CanonicalMessage[] } | { faults: RowFault[] };

/** A `messages` list; `path` is the list's own. */
export const parseMessages = (
  list: unknown,
  path: string,
  { isWellFormed }: ParseOptions = { isWellFormed: false },
): ParsedMessages => {
  if (!Array.isArray(list)) return { faults: [wrongType(path, "a list", list)] };
  if (list.length === 0) {
    return { faults: [{ path, code: "empty_messages", message: `${path} is empty.` }] };
  }
  const isUsual = (message: unknown): message is CanonicalMessage =>
    isPlain(message) && (isWellFormed || message.content.isWellFormed());
  if (list.every(isUsual)) return { messages: list };
  const faults = list.flatMap((entry, at) =>
    isUsual(entry) ? [] : faultsOfMessage(entry, `${path}[${at}]`),
  );
  return faults.length > 0 ? { faults } : { messages: list.map(toCanonicalMessage) };
};

/** Whether a row of these messages teaches anything. */
export const hasLearntReply = (messages: CanonicalMessage[]): boolean =>
  messages.some(({ role, weight }) => role === "assistant" && weight !== 0);

const faultsOfMessage = (message: unknown, path: string): RowFault[] => {
  if (!isObject(message)) return [wrongType(path, "an object", message)];
  return [
    ...faultsOfKeys(message, path),
    ...faultsOfRole(message, path),
    ...faultsOfSpoken(message, path),
    ...faultsOfWeight(message, path),
    ...faultsOfNames(message, path),
    ...faultsOfCalls(message, path),
  ];
};

/** What most messages of most files are: canonical as they stand, if their contents are whole Unicode. */
const isPlain = (message: unknown): message is CanonicalMessage => {
  if (!isObject(message)) return false;
  for (const key in message) if (key !== "role" && key !== "content") return false;
  const { role, content } = message;
  return (
    typeof role === "string" &&
    canonicalRoles.get(role) === role &&
    typeof content === "string" &&
    !isBlank(content)
  );
};

const canonicalRole = (role: string): CanonicalMessage["role"] => {
  const canonical = canonicalRoles.get(role);
  if (!canonical) throw new TypeError(`'${role}' was not checked to be a role`);
  return canonical;
};

const toCanonicalMessage = (message: JsonObject): CanonicalMessage => {
  const calls = callsOf(message);
  return {
    role: canonicalRole(String(message.role)),
    content: textOf(message.content),
    ...(typeof message.weight === "number" && { weight: message.weight as 0 | 1 }),
    ...(typeof message.name === "string" && { name: message.name }),
    ...(calls && { tool_calls: calls }),
    ...(typeof message.tool_call_id === "string" && { tool_call_id: message.tool_call_id }),
  };
};

const callsOf = ({ tool_calls: calls, function_call: call }: JsonObject): ToolCall[] | undefined => {
  if (Array.isArray(calls) && calls.length > 0) return toToolCalls(calls);
  return isObject(call) ? toToolCalls([{ function: call as ToolCall["function"] }]) : undefined;
};

const hasCalls = ({ tool_calls: calls, function_call: call }: JsonObject): boolean =>
  (Array.isArray(calls) && calls.length > 0) || isObject(call);

const faultsOfKeys = (message: JsonObject, path: string): RowFault[] =>
  Object.keys(message)
    .filter((key) => !keys.has(key) && !(nullableKeys.has(key) && isNothing(message[key])))
    .map((key) => ({
      path,
      code: "message_unrecognized_key",
      message: `${path} has the unknown key ${shown(key)}.`,
    }));

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const faultsOfRole = (message: JsonObject, path: string): RowFault[] => {
  if (!Object.hasOwn(message, "role")) return [missingKey(path, "role")];
  if (typeof message.role === "string" && canonicalRoles.has(message.role)) return [];
  return [unknownRole(`${path}.role`, message.role)];
};

/** A turn made of tool calls says nothing; every other one does. */
const faultsOfSpoken = (message: JsonObject, path: string): RowFault[] => {
  const { role, content } = message;
  if (role === "assistant" && hasCalls(message) && (isNothing(content) || content === "")) return [];
  // A tool may answer with nothing.
  if ((role === "tool" || role === "function") && content === "") return [];
  if (!Object.hasOwn(message, "content")) return [missingKey(path, "content")];
  return faultsOfContent(content, `${path}.content`);
};

const faultsOfWeight = ({ role, weight }: JsonObject, path: string): RowFault[] => {
  if (isNothing(weight)) return [];
  const place = `${path}.weight`;
  if (weight !== 0 && weight !== 1) {
    return [{ path: place, code: "bad_weight", message: `${shown(weight)} is not a weight.` }];
  }
  if (role === "assistant") return [];
  return [{ path: place, code: "bad_weight", message: `${path} has a weight but is not by the assistant.` }];
};

const faultsOfNames = (message: JsonObject, path: string): RowFault[] =>
  ["name", "tool_call_id"].flatMap((key) => {
    const value = message[key];
    if (isNothing(value)) return [];
    if (typeof value === "string" && value !== "") return faultsOfUnicode(value, `${path}.${key}`);
    return [wrongType(`${path}.${key}`, "a text that is not empty", value)];
  });

const faultsOfCalls = (message: JsonObject, path: string): RowFault[] => {
  const { role, tool_calls: calls, function_call: call } = message;
  if (isNothing(calls) && isNothing(call)) return [];
  if (role !== "assistant") {
    const text = `${path} calls tools but is not by the assistant.`;
    return [{ path, code: "message_unrecognized_key", message: text }];
  }
  return [
    ...(isNothing(calls) ? [] : faultsOfToolCalls(calls, `${path}.tool_calls`)),
    ...(isNothing(call) ? [] : faultsOfFunction(call, `${path}.function_call`)),
  ];
};
