import { type RowFault, wrongType } from "../faults.ts";
import { isTooDeep, tooDeep } from "../json/depth.ts";
import { isObject, type JsonObject } from "../json/objects.ts";
import type { Tool, ToolCall } from "../rows.ts";
import { missingKey } from "./parsed-row.ts";

/** What is wrong with an assistant's `tool_calls`. */
export const faultsOfToolCalls = (calls: unknown, path: string): RowFault[] => {
  if (!Array.isArray(calls)) return [wrongType(path, "a list", calls)];
  return calls.flatMap((call, at) => faultsOfCall(call, `${path}[${at}]`));
};

/** The calls of a list that {@link faultsOfToolCalls} found no fault in. */
export const toToolCalls = (calls: { id?: string; function: ToolCall["function"] }[]): ToolCall[] =>
  calls.map(({ id, function: { name, arguments: given } }) => ({
    ...(id !== undefined && { id }),
    type: "function",
    function: { name, arguments: given },
  }));

/** What is wrong with a function's name and arguments, as `function` or the older `function_call` has them. */
export const faultsOfFunction = (called: unknown, path: string): RowFault[] => {
  if (!isObject(called)) return [wrongType(path, "an object", called)];
  if (isTooDeep(called)) return [tooDeep(path)];
  return [
    ...(typeof called.name === "string" && called.name !== ""
      ? []
      : [wrongType(`${path}.name`, "a text that is not empty", called.name)]),
    ...(typeof called.arguments === "string" || isObject(called.arguments)
      ? []
      : [wrongType(`${path}.arguments`, "a text or an object", called.arguments)]),
  ];
};

const faultsOfCall = (call: unknown, path: string): RowFault[] => {
  if (!isObject(call)) return [wrongType(path, "an object", call)];
  if (call.id !== undefined && typeof call.id !== "string")
    return [wrongType(`${path}.id`, "a text", call.id)];
  if (!Object.hasOwn(call, "function")) return [missingKey(path, "function")];
  return faultsOfFunction(call.function, `${path}.function`);
};

/** The tools of a row: `tools`, or the older `functions`, which are tools without their wrapping. */
export const parseTools = (row: JsonObject, path = ""): { tools?: Tool[] } | { faults: RowFault[] } => {
  const key = row.tools === undefined || row.tools === null ? "functions" : "tools";
  const list = row[key];
  if (list === undefined || list === null) return {};
  const place = `${path}${key}`;
  if (!Array.isArray(list)) return { faults: [wrongType(place, "a list", list)] };
  if (isTooDeep(list)) return { faults: [tooDeep(place)] };
  const wrapped = key === "tools" ? list : list.map((each) => ({ type: "function", function: each }));
  const faults = wrapped.flatMap((tool, at) => faultsOfTool(tool, `${place}[${at}]`));
  if (faults.length > 0) return { faults };
  return wrapped.length > 0 ? { tools: wrapped as Tool[] } : {};
};

const faultsOfTool = (tool: unknown, path: string): RowFault[] => {
  if (!isObject(tool)) return [wrongType(path, "an object", tool)];
  if (!isObject(tool.function)) return [wrongType(`${path}.function`, "an object", tool.function)];
  if (tool.type !== "function") return [wrongType(`${path}.type`, "'function'", tool.type)];
  const { name } = tool.function;
  if (typeof name === "string" && name !== "") return [];
  return [wrongType(`${path}.function.name`, "a text that is not empty", name)];
};
