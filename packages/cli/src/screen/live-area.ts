import type { WriteStream } from "node:tty";
import { isTerminal } from "./colors.ts";
import { cutTo } from "./text-width.ts";

/** Lines at the end of the terminal that replace themselves; nothing where there is no terminal. */
export type LiveArea = {
  isLive: boolean;
  /** `lines` is asked for only when they are drawn: no more often than anybody can see. */
  draw: (lines: () => string[]) => void;
  clear: () => void;
};

/** Twenty times a second looks steady and costs nothing. */
const redrawMs = 50;

const clearLine = "\u001b[2K";
const lineUp = "\u001b[1A";
/** A line may be cut where a colour had begun. */
const endColors = "\u001b[0m";

export const createLiveArea = (stream: WriteStream, environment: NodeJS.ProcessEnv): LiveArea => {
  const isLive = isTerminal(stream) && environment.TERM !== "dumb";
  let height = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (height > 0) stream.write(`\r${clearLine}${(lineUp + clearLine).repeat(height - 1)}`);
    height = 0;
    drawnAt = Number.NEGATIVE_INFINITY;
  };
  const write = (lines: string[]) => {
    clear();
    height = lines.length;
    drawnAt = performance.now();
    stream.write(lines.join("\n"));
  };
  return {
    isLive,
    clear,
    draw: (lines) => {
      if (isLive && performance.now() - drawnAt >= redrawMs) write(fitting(lines(), stream));
    },
  };
};

/** A line that wraps, or more lines than the terminal has, could not be taken back. */
const fitting = (lines: string[], { columns = 80, rows = 24 }: WriteStream): string[] =>
  lines.slice(-(rows - 1)).map((line) => {
    const cut = cutTo(line, columns - 1);
    return cut === line ? line : `${cut}${endColors}`;
  });
