import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

/** Where the demo speaks: lines that replace themselves on a terminal, plain lines elsewhere. */
export type Screen = {
  /** Whether lines can replace themselves. */
  isLive: boolean;
  /** A heading for what comes next. */
  step: (title: string) => void;
  line: (text?: string) => void;
  /** Replaces itself on a terminal; elsewhere only every tenth of the way is a line. */
  progress: (done: number, total: number, text: string) => void;
  /** Bars that replace themselves on a terminal; nothing elsewhere. */
  bars: (rows: Bar[]) => void;
};

/** How far something is, 0 to 1, and what there is to say of it. */
export type Bar = { label: string; share: number; words: string };

const barWidth = 24;
const plainLines = 10;
const clearRest = "\u001b[K";
const linesUp = (count: number): string => (count > 0 ? `\u001b[${count}A` : "");

export const createScreen = (output: WriteStream): Screen => {
  const isLive = output.isTTY === true;
  let steps = 0;
  let lastTenth = -1;
  /** Of the lines that are replaced next; the cursor is in the last one. */
  let height = 0;
  const write = (text: string) => output.write(`${text}\n`);
  const replace = (lines: string[]) => {
    output.write(`\r${linesUp(height - 1)}${lines.map((line) => line + clearRest).join("\n")}`);
    height = lines.length;
  };
  const leaveLive = () => {
    if (height > 0) output.write("\n");
    height = 0;
    lastTenth = -1;
  };
  return {
    isLive,
    step: (title) => {
      leaveLive();
      steps += 1;
      write(`\n${steps}. ${title}`);
    },
    line: (text = "") => {
      leaveLive();
      write(text);
    },
    progress: (done, total, text) => {
      const share = done / total;
      if (isLive) return replace([barLine({ label: "", share, words: text }, output)]);
      const tenth = Math.floor(plainLines * share);
      if (tenth > lastTenth) write(`   ${plainBar(share)} ${text}`);
      lastTenth = Math.max(tenth, lastTenth);
    },
    bars: (rows) => {
      if (isLive) replace(rows.map((row) => barLine(row, output)));
    },
  };
};

/** A line that wraps could not be replaced: the words are cut, and where even the bar is too wide there is none. */
const barLine = ({ label, share, words }: Bar, output: WriteStream): string => {
  const begin = label === "" ? "   " : `   ${label}  `;
  const room = output.columns - 1 - begin.length - barWidth - 1;
  if (room < 0) return `${begin}${words}`.slice(0, output.columns - 1);
  return `${begin}${coloredBar(share, output)} ${words.slice(0, room)}`;
};

const filledOf = (share: number): number => Math.round(barWidth * Math.min(1, share));

const coloredBar = (share: number, stream: WriteStream): string => {
  const filled = filledOf(share);
  const done = styleText(share >= 1 ? "green" : "cyan", "━".repeat(filled), { stream });
  return done + styleText("dim", "─".repeat(barWidth - filled), { stream });
};

const plainBar = (share: number): string => {
  const filled = filledOf(share);
  return `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}]`;
};
