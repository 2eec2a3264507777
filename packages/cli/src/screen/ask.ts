import { createInterface, type Interface } from "node:readline";
import { DeclinedError, UsageError } from "../failures/cli-error.ts";
import { isTerminal } from "./colors.ts";
import type { Screen } from "./screen.ts";

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => isTerminal(process.stdin) && isTerminal(process.stderr);

type Asking = { screen: Screen; signal: AbortSignal };

/**
 * Goes on only with a yes: of `--yes`, or of whoever sits at the terminal.
 *
 * @throws DeclinedError, UsageError where nobody can be asked, the signal's reason
 */
export const agreeTo = async (question: string, asking: Asking, { yes }: { yes?: true }): Promise<void> => {
  if (yes) return;
  if (!canAsk()) throw new UsageError("Nobody can be asked here.", { remedy: "Give --yes." });
  if (!(await confirm(question, asking))) throw new DeclinedError();
};

/** Anything but a yes is a no. */
const confirm = async (question: string, asking: Asking): Promise<boolean> =>
  /^y(es)?$/i.test((await askToType(`${question} (y/N)`, asking)).trim());

/** What is typed in answer. @throws the signal's reason */
export const askToType = async (question: string, { screen, signal }: Asking): Promise<string> => {
  screen.live.clear();
  const input = createInterface({ input: process.stdin, output: process.stderr });
  passOnCtrlC(input);
  const answer = await new Promise<string>((resolve) => {
    input.question(`${screen.noteColors.yellow("?")} ${question} `, { signal }, resolve);
    signal.addEventListener("abort", () => input.close(), { once: true });
    input.once("close", () => resolve(""));
  });
  input.close();
  signal.throwIfAborted();
  return answer;
};

/** While a line is edited the terminal sends no signal; the process gets it from here. */
const passOnCtrlC = (input: Interface): void => {
  input.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
};
