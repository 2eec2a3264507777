import type { WriteStream } from "node:tty";
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours where they are seen: on a terminal, unless NO_COLOR says otherwise (no-color.org). */
export const colorsOf = (stream: WriteStream, environment: NodeJS.ProcessEnv): Colors => {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const isForced = Boolean(FORCE_COLOR) && FORCE_COLOR !== "0";
  return picocolors.createColors(!NO_COLOR && (isForced || (isTerminal(stream) && TERM !== "dumb")));
};

/** `isTTY` is absent on pipes and files, whatever its type says. */
export const isTerminal = (stream: { isTTY?: boolean }): boolean => stream.isTTY === true;
