import { formatCount } from "../screen/formats.ts";
import { printable } from "../screen/printable.ts";
import type { Screen } from "../screen/screen.ts";
import type { Session } from "../session.ts";
import { type ChatEvent, type Conversation, type Done, streamAnswer } from "./stream-answer.ts";

/** Answers one question on stdout; with `--json` each event is a line. */
export const answerOnce = async (session: Session, conversation: Conversation): Promise<void> => {
  const { screen, signal } = session;
  await streamAnswer(session, conversation, { signal, show: screen.isJson ? screen.json : writer(screen) });
};

/** Writes tokens as they come, and ends the line. */
export const writer =
  (screen: Screen) =>
  (event: ChatEvent): void =>
    screen.write(event.type === "token" ? printable(event.text) : "\n");

/** `12 tokens in 0.8 s, version 01…` */
export const doneWords = ({ completionTokens, seconds, finishReason, ...answerer }: Done): string => {
  const cut = finishReason === "length" ? ", cut off at --max-tokens" : "";
  const tokens = `${formatCount(completionTokens)} tokens in ${seconds.toFixed(1)} s`;
  return `${tokens}, ${answererWords(answerer)}${cut}`;
};

const answererWords = ({ version, run }: Pick<Done, "version" | "run">): string => {
  if (run) return `run ${run.id} at step ${run.step}`;
  return version === "base" ? "base model" : `version ${version}`;
};
