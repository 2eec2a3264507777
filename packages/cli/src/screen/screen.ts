import type { WriteStream } from "node:tty";
import { type Colors, colorsOf, isTerminal } from "./colors.ts";
import { createLiveArea, type LiveArea } from "./live-area.ts";

/**
 * Where a command speaks. The answer goes to stdout: lines for people or, with `--json`, JSON and nothing
 * else. Everything about the work goes to stderr.
 */
export type Screen = {
  isJson: boolean;
  /** Columns of the terminal that the answer goes to; `undefined` where it is none. */
  columns: number | undefined;
  colors: Colors;
  noteColors: Colors;
  /** Lines of the answer; nothing with `--json`. */
  print: (...lines: string[]) => void;
  /** A piece of a line of the answer, as it comes; nothing with `--json`. */
  write: (text: string) => void;
  /** The answer as one line of JSON; nothing without `--json`. */
  json: (value: unknown) => void;
  /** Something about the work. */
  note: (...lines: string[]) => void;
  live: LiveArea;
};

export type ScreenOptions = {
  isJson: boolean;
  stdout: WriteStream;
  stderr: WriteStream;
  environment: NodeJS.ProcessEnv;
};

export const createScreen = ({ isJson, stdout, stderr, environment }: ScreenOptions): Screen => {
  const live = createLiveArea(stderr, environment);
  const say = (stream: WriteStream, text: string) => {
    live.clear();
    stream.write(text);
  };
  const whole = (lines: string[]) => lines.map((line) => `${line}\n`).join("");
  return {
    isJson,
    columns: isTerminal(stdout) ? stdout.columns : undefined,
    colors: colorsOf(stdout, environment),
    noteColors: colorsOf(stderr, environment),
    print: (...lines) => !isJson && say(stdout, whole(lines)),
    write: (text) => !isJson && say(stdout, text),
    json: (value) => isJson && say(stdout, `${JSON.stringify(value)}\n`),
    note: (...lines) => say(stderr, whole(lines)),
    live,
  };
};
