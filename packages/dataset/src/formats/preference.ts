import { wrongType } from "../faults.ts";
import { isTooDeep, tooDeep } from "../json/depth.ts";
import { isObject, type JsonObject } from "../json/objects.ts";
import type { CanonicalMessage, Tool } from "../rows.ts";
import { allMessages, asContext, parseAnswer, parsePrompt, parseSystem } from "./answers.ts";
import { faulty, missingKey, type ParsedRow } from "./parsed-row.ts";
import { parseTools } from "./tool-calls.ts";

/** OpenAI's pairs: `{"input": {"messages"}, "preferred_output", "non_preferred_output"}`. */
export const parseOpenaiPreference = (row: JsonObject): ParsedRow => {
  const missing = ["input", "preferred_output", "non_preferred_output"].filter(
    (key) => !Object.hasOwn(row, key),
  );
  if (missing.length > 0) return faulty(...missing.map((key) => missingKey(null, key)));
  if (!isObject(row.input)) return faulty(wrongType("input", "an object", row.input));
  const { messages } = row.input;
  if (messages === undefined) {
    return faulty({ path: "input", code: "missing_messages_list", message: "input has no 'messages'." });
  }
  const tools = parseTools(row.input, "input.");
  const parts = allMessages([
    Array.isArray(messages)
      ? parsePrompt(messages, "input.messages")
      : faulty(wrongType("input.messages", "a list", messages)),
    parseAnswer(row.preferred_output, "preferred_output"),
    parseAnswer(row.non_preferred_output, "non_preferred_output"),
  ]);
  if ("faults" in parts) return parts;
  if ("faults" in tools) return tools;
  const [prompt = [], chosen = [], rejected = []] = parts.lists;
  return pair({ prompt, chosen, rejected, ...tools });
};

/** TRL's pairs: `{"prompt", "chosen", "rejected"}`; without a prompt it is what both sides begin with. */
export const parseTrlPreference = (row: JsonObject): ParsedRow => {
  const missing = ["chosen", "rejected"].filter((key) => !Object.hasOwn(row, key));
  if (missing.length > 0) return faulty(...missing.map((key) => missingKey(null, key)));
  const deep = ["chosen", "rejected"].filter((key) => isTooDeep(row[key]));
  if (deep.length > 0) return faulty(...deep.map(tooDeep));
  const tools = parseTools(row);
  if ("faults" in tools) return tools;
  const { prompt, chosen, rejected } = Object.hasOwn(row, "prompt") ? row : splitPrompt(row);
  const parts = allMessages([
    parseSystem(row),
    parsePrompt(prompt, "prompt"),
    parseAnswer(chosen, "chosen"),
    parseAnswer(rejected, "rejected"),
  ]);
  if ("faults" in parts) return parts;
  const [system = [], before = [], won = [], lost = []] = parts.lists;
  return pair({ prompt: [...system, ...before], chosen: won, rejected: lost, ...tools });
};

type Pair = {
  prompt: CanonicalMessage[];
  chosen: CanonicalMessage[];
  rejected: CanonicalMessage[];
  tools?: Tool[];
};

const pair = ({ prompt, chosen, rejected, tools }: Pair): ParsedRow => {
  if (JSON.stringify(chosen) === JSON.stringify(rejected)) {
    const message = "The preferred and the rejected answer are the same.";
    return faulty({ path: null, code: "data_type", message });
  }
  return {
    content: {
      messages: [...prompt.map(asContext), ...chosen],
      ...(tools && { tools }),
      rejected,
      answerFrom: prompt.length,
    },
  };
};

/** The implicit prompt of TRL: the messages, or the words, that both sides begin with. */
const splitPrompt = ({ chosen, rejected }: JsonObject): JsonObject => {
  if (Array.isArray(chosen) && Array.isArray(rejected)) {
    const length = commonMessages(chosen, rejected);
    return {
      ...(length > 0 && { prompt: chosen.slice(0, length) }),
      chosen: chosen.slice(length),
      rejected: rejected.slice(length),
    };
  }
  if (typeof chosen !== "string" || typeof rejected !== "string") return { chosen, rejected };
  const length = commonWords(chosen, rejected);
  return { prompt: chosen.slice(0, length), chosen: chosen.slice(length), rejected: rejected.slice(length) };
};

/** At least the last message of each side is its answer. */
const commonMessages = (chosen: unknown[], rejected: unknown[]): number => {
  const most = Math.min(chosen.length, rejected.length) - 1;
  let length = 0;
  while (length < most && JSON.stringify(chosen[length]) === JSON.stringify(rejected[length])) length += 1;
  return length;
};

/** Cut after a whitespace, so that an answer begins with a whole word. */
const commonWords = (chosen: string, rejected: string): number => {
  const most = Math.min(chosen.length, rejected.length);
  let length = 0;
  while (length < most && chosen[length] === rejected[length]) length += 1;
  while (length > 0 && !/\s/.test(chosen[length - 1] ?? "")) length -= 1;
  return length;
};
