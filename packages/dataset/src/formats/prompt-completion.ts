import { wrongType } from "../faults.ts";
import type { JsonObject } from "../json/objects.ts";
import { allMessages, parseAnswer, parsePrompt } from "./answers.ts";
import { hasLearntReply } from "./messages.ts";
import { faulty, missingKey, type ParsedRow } from "./parsed-row.ts";
import { parseTools } from "./tool-calls.ts";

/** Other names of the same two things, as tables and question lists have them. */
const names = [
  { prompt: "prompt", completion: "completion" },
  { prompt: "prompt", completion: "response" },
  { prompt: "question", completion: "answer" },
  { prompt: "input", completion: "output" },
] as const;

export const promptNames = (keys: { has(key: string): boolean }) =>
  names.find(({ prompt, completion }) => keys.has(prompt) && keys.has(completion));

/** `{"prompt": …, "completion": …}`, both texts or message lists. Only the completion is learnt. */
export const parsePromptCompletion = (row: JsonObject): ParsedRow => {
  const keys = new Set(Object.keys(row));
  const { prompt, completion } = promptNames(keys) ?? names[0];
  if (!keys.has(completion)) return faulty(missingKey(null, completion));
  if (!keys.has(prompt)) return faulty(missingKey(null, prompt));
  const tools = parseTools(row);
  const parts = allMessages([parsePrompt(row[prompt], prompt), parseAnswer(row[completion], completion)]);
  if ("faults" in parts) return parts;
  if ("faults" in tools) return tools;
  const messages = parts.lists.flat();
  if (!hasLearntReply(messages)) {
    return faulty({
      path: completion,
      code: "example_missing_assistant_message",
      message: `${completion} has no message by the assistant with weight 1.`,
    });
  }
  return { content: { messages, ...tools } };
};

/** `{"prompt": …, "completion": …, "label": true}`: an answer that is good or bad. */
export const parseUnpaired = (row: JsonObject): ParsedRow => {
  if (!Object.hasOwn(row, "completion")) return faulty(missingKey(null, "completion"));
  if (!Object.hasOwn(row, "label")) return faulty(missingKey(null, "label"));
  const { label } = row;
  const tools = parseTools(row);
  const parts = allMessages([
    typeof label === "boolean" ? { messages: [] } : faulty(wrongType("label", "true or false", label)),
    parsePrompt(row.prompt, "prompt"),
    parseAnswer(row.completion, "completion"),
  ]);
  if ("faults" in parts) return parts;
  if ("faults" in tools) return tools;
  const [, prompt = [], answer = []] = parts.lists;
  const messages = [...prompt, ...answer];
  return { content: { messages, ...tools, answerFrom: prompt.length, label: label === true } };
};
