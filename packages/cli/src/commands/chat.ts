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
  ["loraloom chat --run 01M7Z25ZDE2TZ3GP7YWW4B78FA", "talk with a run while it trains"],
  ["loraloom chat --temperature 0 --json < question.txt", "a question from a file, events as JSON lines"],
] as const;

export const chatCommand = (run: Run) =>
  createCommand("chat")
    .summary("Talk with an adapter.")
    .description("Talk with an adapter: one answer to a prompt or to stdin, or a conversation on a terminal.")
    .argument("[prompt...]", "what to say")
    .addOption(new Option("--base", "the base model, without the adapter").conflicts(["version", "run"]))
    .addOption(
      new Option("--version <version>", "a version of the adapter; the current one unless given").conflicts(
        "run",
      ),
    )
    .option("--run <run>", "a run that trains, at its newest step")
    .option("--system <text>", "instructions that come before the conversation")
    .option("--max-tokens <n>", "the longest answer", parseWhole({ min: 1, max: 32_768 }))
    .option("--temperature <n>", "0: always the likeliest token", parseNumber({ min: 0, max: 2 }))
    .option(
      "--top-k <n>",
      "how many of the likeliest tokens to choose from",
      parseWhole({ min: 1, max: int32 }),
    )
    .option("--top-p <n>", "the share of likely tokens to choose from", parseNumber({ min: 0, max: 1 }))
    .option(
      "--min-p <n>",
      "how likely a token is at least, as a share of the likeliest",
      parseNumber({ min: 0, max: 1 }),
    )
    .option(
      "--repetition-penalty <n>",
      "more than 1: tokens that were used become less likely",
      parseNumber({ min: 0.01, max: 10 }),
    )
    .option("--seed <n>", "the same seed gives the same answer", parseWhole({ min: 0, max: int32 }))
    .option("--stop <text>", "a text at which the answer ends; repeatable", collect)
    .option(
      "--logprobs <n>",
      "with --json: log-probabilities, of so many other tokens too",
      parseWhole({ min: 0, max: 20 }),
    )
    .addHelpText("after", examplesText(examples))
    .action((words, options, command) => run(command, (session) => chat(session, words, options)));

type ChatOptions = {
  base?: true;
  version?: string;
  run?: string;
  system?: string;
  maxTokens?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  seed?: number;
  stop?: string[];
  logprobs?: number;
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

const beginConversation = ({ system, ...options }: ChatOptions): Conversation => ({
  messages: system === undefined ? [] : [{ role: "system", content: system } satisfies Message],
  sampling: { ...answerer(options), ...chosen(options) },
});

const answerer = ({ base, version, run }: ChatOptions) => {
  if (run !== undefined) return { runId: run };
  return base ? { version: "base" } : version && { version };
};

/** Commander's options hold those of every command too. */
const chosen = (options: ChatOptions) => {
  const { maxTokens, temperature, topK, topP, minP, repetitionPenalty, seed, stop, logprobs } = options;
  return { maxTokens, temperature, topK, topP, minP, repetitionPenalty, seed, stop, logprobs };
};
