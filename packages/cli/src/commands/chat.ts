import { text as readText } from "node:stream/consumers";
import { Option } from "@commander-js/extra-typings";
import { answerOnce } from "../chat/answer-once.ts";
import { converse } from "../chat/converse.ts";
import type { Conversation, Message } from "../chat/stream-answer.ts";
import { createCommand, examplesText } from "../command/create-command.ts";
import { collect, parseNumber, parseWhole } from "../command/parse-values.ts";
import { UsageError } from "../failures/cli-error.ts";
import { isTerminal } from "../screen/colors.ts";
import type { Run, Session } from "../session.ts";

const int32 = 2 ** 31 - 1;

const examples = [
  ["loraloom chat", "talk with the current version"],
  ['loraloom chat "What keeps you company up there?"', "one question, one answer"],
  ['loraloom chat --base "What keeps you company up there?"', "the same of the base model, to compare"],
  ["loraloom chat --temperature 0 --json < question.txt", "a question from a file, events as JSON lines"],
] as const;

export const chatCommand = (run: Run) =>
  createCommand("chat")
    .summary("Talk with an adapter.")
    .description("Talk with an adapter: one answer to a prompt or to stdin, or a conversation on a terminal.")
    .argument("[prompt...]", "what to say")
    .addOption(new Option("--base", "the base model, without the adapter").conflicts("version"))
    .option("--version <version>", "a version of the adapter; the current one unless given")
    .option("--system <text>", "instructions that come before the conversation")
    .option("--max-tokens <n>", "the longest answer", parseWhole({ min: 1, max: 32_768 }))
    .option("--temperature <n>", "0: always the likeliest token", parseNumber({ min: 0, max: 2 }))
    .option("--top-p <n>", "the share of likely tokens to choose from", parseNumber({ min: 0, max: 1 }))
    .option("--seed <n>", "the same seed gives the same answer", parseWhole({ min: 0, max: int32 }))
    .option("--stop <text>", "a text at which the answer ends; repeatable", collect)
    .addHelpText("after", examplesText(examples))
    .action((words, options, command) => run(command, (session) => chat(session, words, options)));

type ChatOptions = {
  base?: true;
  version?: string;
  system?: string;
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  seed?: number;
  stop?: string[];
};

const chat = async (session: Session, words: string[], options: ChatOptions): Promise<undefined> => {
  const conversation = beginConversation(options);
  // Before the first word is typed.
  session.avatar();
  if (words.length === 0 && isTerminal(process.stdin) && !session.screen.isJson) {
    await converse(session, conversation);
    return undefined;
  }
  const prompt = words.length > 0 ? words.join(" ") : await readText(process.stdin);
  if (prompt.trim() === "") throw new UsageError("There is nothing to say.", { remedy: "Give a prompt." });
  conversation.messages.push({ role: "user", content: prompt });
  await answerOnce(session, conversation);
  return undefined;
};

const beginConversation = ({ system, base, version, ...sampling }: ChatOptions): Conversation => ({
  messages: system === undefined ? [] : [{ role: "system", content: system } satisfies Message],
  sampling: { ...chosen(sampling), ...(base ? { version: "base" } : version && { version }) },
});

/** Commander's options hold those of every command too. */
const chosen = ({ maxTokens, temperature, topP, seed, stop }: ChatOptions) => ({
  maxTokens,
  temperature,
  topP,
  seed,
  stop,
});
