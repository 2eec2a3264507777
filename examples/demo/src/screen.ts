import type { WriteStream } from "node:tty";

/** Where the demo speaks: a live line on a terminal, plain lines elsewhere. */
export type Screen = {
  /** A heading for what comes next. */
  step: (title: string) => void;
  line: (text?: string) => void;
  /** Replaces itself on a terminal; elsewhere only every tenth of the way is a line. */
  progress: (done: number, total: number, text: string) => void;
  /** Leaves the live line as it stands. */
  endProgress: () => void;
};

const barWidth = 24;
const plainLines = 10;

export const createScreen = (output: WriteStream): Screen => {
  let steps = 0;
  let lastTenth = -1;
  let live = false;
  const write = (text: string) => output.write(`${text}\n`);
  const endProgress = () => {
    if (live) output.write("\n");
    live = false;
    lastTenth = -1;
  };
  return {
    step: (title) => {
      endProgress();
      steps += 1;
      write(`\n${steps}. ${title}`);
    },
    line: (text = "") => {
      endProgress();
      write(text);
    },
    progress: (done, total, text) => {
      const line = `   ${bar(done / total)} ${text}`;
      if (output.isTTY) {
        live = true;
        output.write(`\r${line.slice(0, output.columns - 1)}\u001b[K`);
        return;
      }
      const tenth = Math.floor((plainLines * done) / total);
      if (tenth > lastTenth) write(line);
      lastTenth = Math.max(tenth, lastTenth);
    },
    endProgress,
  };
};

const bar = (share: number): string => {
  const filled = Math.round(barWidth * Math.min(1, share));
  return `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}]`;
};
