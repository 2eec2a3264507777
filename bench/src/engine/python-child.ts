import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export type PythonCommand = { python: string; args: string[]; environment: Record<string, string> };

/** Runs a program to its end. @returns the last line of what it printed, parsed; @throws with what it said on stderr */
export const runPython = async <Answer>({ python, args, environment }: PythonCommand): Promise<Answer> => {
  const { stdout } = await promisify(execFile)(python, args, {
    env: environmentOf(environment),
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
};

export type PythonChild = AsyncDisposable & {
  send: (line: object) => void;
  lines: AsyncIterator<string>;
};

/** A program that answers lines with lines, until its stdin is closed; what it says on stderr is shown. */
export const startPython = ({ python, args, environment }: PythonCommand): PythonChild => {
  const child = spawn(python, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: environmentOf(environment),
  });
  const ended = once(child, "exit");
  return {
    send: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

/** The next line, parsed. @throws where the program has ended */
export const nextLine = async <Answer>({ lines }: PythonChild): Promise<Answer> => {
  const { value, done } = await lines.next();
  if (done) throw new Error("The Python process has ended; what it said stands above.");
  return JSON.parse(value);
};

const environmentOf = (more: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_VERBOSITY: "error",
  HF_HUB_DISABLE_PROGRESS_BARS: "1",
  PYTHONWARNINGS: "ignore",
  ...more,
});
