import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { isTerminal } from "./colors.ts";
import type { Screen } from "./screen.ts";

type Asking = { screen: Screen; signal: AbortSignal };

/**
 * A secret from whoever sits at the terminal, who doesn't see what he types, or from stdin; never from the command line,
 * which other processes can read. The line's end is not a part of it.
 *
 * @throws the signal's reason
 */
export const askSecret = async (question: string, asking: Asking): Promise<string> =>
  isTerminal(process.stdin) ? askHidden(question, asking) : (await text(process.stdin)).replace(/\r?\n$/, "");

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

const askHidden = async (question: string, { screen, signal }: Asking): Promise<string> => {
  screen.live.clear();
  // First, as the terminal itself shows what is typed until then.
  const input = createInterface({ input: process.stdin, output: nowhere(), terminal: true });
  process.stderr.write(`${screen.noteColors.yellow("?")} ${question} `);
  // While a line is edited the terminal sends no signal; the process gets it from here.
  input.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  signal.addEventListener("abort", () => input.close(), { once: true });
  const answer = await new Promise<string>((resolve) => {
    input.question("", resolve);
    input.once("close", () => resolve(""));
  });
  input.close();
  process.stderr.write("\n");
  signal.throwIfAborted();
  return answer;
};
