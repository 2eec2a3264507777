import { fileURLToPath } from "node:url";
import { python } from "@loraloom/testkit";
import { execa } from "execa";
import { cliMain, passedOn, type StartOptions } from "./open-cli.ts";

const program = fileURLToPath(new URL("in_terminal.py", import.meta.url));

/** Once `wait` was printed, `send` is typed. */
export type Step = { wait: string; send: string };

export type Shown = {
  exitCode?: number | undefined;
  /** Everything that was written, control sequences and echoed keys included. */
  raw: string;
  /** What stays on the terminal, line by line. */
  lines: string[];
};

/** The real program on a pseudo-terminal of 100 columns and 30 rows. */
export const runInTerminal = async (
  args: string[],
  { folder, env }: StartOptions,
  steps: Step[] = [],
): Promise<Shown> => {
  const command = [process.execPath, cliMain, ...args];
  const result = await execa(python, [program, JSON.stringify(steps), ...command], {
    cwd: folder,
    env: { ...passedOn(), TERM: "xterm-256color", ...env },
    extendEnv: false,
    reject: false,
  });
  if (result.stderr) throw new Error(result.stderr);
  return { exitCode: result.exitCode, raw: result.stdout, lines: render(result.stdout) };
};

const esc = "\u001b";
const sequence = new RegExp(`${esc}\\[(\\d*)(?:;\\d+)*([A-Za-z])|\\r?\\n|\\r|[^${esc}\\r\\n]+`, "gu");

/** What the sequences that we write leave behind: lines up, cleared lines, returns; colours are left out. */
const render = (raw: string): string[] => {
  const lines = [""];
  let row = 0;
  for (const [text, amount, letter] of raw.matchAll(sequence)) {
    if (letter === "A") row = Math.max(0, row - Number(amount || 1));
    else if (letter === "K") lines[row] = "";
    else if (letter !== undefined || text === "\r") continue;
    else if (text.endsWith("\n")) {
      row += 1;
      lines[row] ??= "";
    } else lines[row] += text;
  }
  return lines.map((line) => line.trimEnd());
};
