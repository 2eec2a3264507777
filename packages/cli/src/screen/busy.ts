import { formatSeconds } from "./formats.ts";
import type { Screen } from "./screen.ts";

const redrawMs = 1_000;

/** Says on a terminal what is waited for, and for how long already. */
export const whileBusy = async <Value>(
  { live, noteColors }: Screen,
  words: string,
  work: Promise<Value>,
): Promise<Value> => {
  const began = performance.now();
  const seconds = () => formatSeconds((performance.now() - began) / 1_000);
  const draw = () => live.draw(() => [noteColors.dim(`${words} … ${seconds()}`)]);
  draw();
  const timer = setInterval(draw, redrawMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    live.clear();
  }
};
