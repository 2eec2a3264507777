import { createInterface, type Interface } from "node:readline";
import { reportFailure } from "../failures/report-failure.ts";
import type { Session } from "../session.ts";
import { doneWords, writer } from "./answer-once.ts";
import { type Conversation, streamAnswer } from "./stream-answer.ts";

const hint = "/reset forgets what was said, /exit or Ctrl-D ends; Ctrl-C ends an answer.";

/** Talks until the person ends it. Ctrl-C ends the answer that is being written, or an empty line the talk. */
export const converse = async (session: Session, conversation: Conversation): Promise<void> => {
  const { screen } = session;
  const { dim, bold } = screen.noteColors;
  screen.note(dim(hint));
  const input = createInterface({ input: process.stdin, output: process.stderr, prompt: bold("> ") });
  const answering = listenForCtrlC(input);
  const beginning = conversation.messages.length;
  input.prompt();
  for await (const line of input) {
    const said = line.trim();
    if (said === "/exit") break;
    if (said === "/reset") conversation.messages.length = beginning;
    else if (said !== "") await answer(session, conversation, { said, signal: answering.next() });
    answering.end();
    input.prompt();
  }
  input.close();
};

type Answering = { next: () => AbortSignal; end: () => void };

const listenForCtrlC = (input: Interface): Answering => {
  let controller: AbortController | undefined;
  input.on("SIGINT", () => {
    if (controller) return controller.abort();
    if (input.line === "") return input.close();
    // Like shells: the line is given up and a new one begins.
    input.write(null, { ctrl: true, name: "u" });
  });
  return {
    next: () => {
      controller = new AbortController();
      return controller.signal;
    },
    end: () => {
      controller = undefined;
    },
  };
};

/** What was said stays in the conversation only with its answer, or the part of it that came. */
const answer = async (
  session: Session,
  { messages, sampling }: Conversation,
  { said, signal }: { said: string; signal: AbortSignal },
): Promise<void> => {
  const { screen } = session;
  const asked = [...messages, { role: "user" as const, content: said }];
  const write = writer(screen);
  let text = "";
  try {
    await streamAnswer(
      session,
      { messages: asked, sampling },
      {
        signal,
        show: (event) => {
          write(event);
          if (event.type === "token") text += event.text;
          else screen.note(screen.noteColors.dim(doneWords(event)));
        },
      },
    );
  } catch (error) {
    if (text !== "") screen.write("\n");
    if (!signal.aborted) reportFailure(error, screen, { debug: false });
  }
  if (text !== "") messages.push(...asked.slice(-1), { role: "assistant", content: text });
};
