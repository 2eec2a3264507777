import { wrongType } from "../faults.ts";
import type { JsonObject } from "../json/objects.ts";
import { allMessages, parseAnswer, parsePrompt, parseSystem } from "./answers.ts";
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

export const promptNames = (row: JsonObject) =>
  names.find(({ prompt, completion }) => row[prompt] !== undefined && row[completion] !== undefined);

/** `{"prompt": …, "completion": …}`, both texts or message lists. Only the completion is learnt. */
export const parsePromptCompletion = (row: JsonObject): ParsedRow => {
  const { prompt, completion } = promptNames(row) ?? names[0];
  const missing = [prompt, completion].filter((key) => row[key] === undefined);
  if (missing.length > 0) return faulty(...missing.map((key) => missingKey(null, key)));
  const tools = parseTools(row);
  const parts = allMessages([
    parseSystem(row),
    parsePrompt(row[prompt], prompt),
    parseAnswer(row[completion], completion),
  ]);
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
    parseSystem(row),
    parsePrompt(row.prompt, "prompt"),
    parseAnswer(row.completion, "completion"),
  ]);
  if ("faults" in parts) return parts;
  if ("faults" in tools) return tools;
  const answerLength = parts.lists.at(-1)?.length ?? 0;
  const messages = parts.lists.flat();
  const answerFrom = messages.length - answerLength;
  return { content: { messages, ...tools, answerFrom, label: label === true } };
};
