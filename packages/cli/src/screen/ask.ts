import { createInterface, type Interface } from "node:readline";
import { isTerminal } from "./colors.ts";
import type { Screen } from "./screen.ts";

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => isTerminal(process.stdin) && isTerminal(process.stderr);

/** Asks for a yes; anything else is a no. @throws the signal's reason */
export const confirm = async (question: string, screen: Screen, signal: AbortSignal): Promise<boolean> => {
  screen.live.clear();
  const input = createInterface({ input: process.stdin, output: process.stderr });
  passOnCtrlC(input);
  const answer = await new Promise<string>((resolve) => {
    input.question(`${screen.noteColors.yellow("?")} ${question} (y/N) `, { signal }, resolve);
    signal.addEventListener("abort", () => input.close(), { once: true });
    input.once("close", () => resolve(""));
  });
  input.close();
  signal.throwIfAborted();
  return /^y(es)?$/i.test(answer.trim());
};

/** While a line is edited the terminal sends no signal; the process gets it from here. */
export const passOnCtrlC = (input: Interface): void => {
  input.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
};
