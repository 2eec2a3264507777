import type { RunEvent } from "@loraloom/client";
import { bar, percent } from "../screen/bar.ts";
import type { Colors } from "../screen/colors.ts";
import { formatCount, formatSeconds } from "../screen/formats.ts";
import type { Screen } from "../screen/screen.ts";
import { eventWords } from "./event-words.ts";
import { stepWords } from "./figure-words.ts";

type Progress = Extract<RunEvent, { type: "progress" }>["data"];

/** Without a bar that replaces itself, so many lines of the way are enough. */
const plainLines = 10;

/** Shows a run's events: a line each, and the steps as a bar on a terminal. */
export const createProgressView = (screen: Screen): ((event: RunEvent) => void) => {
  let lastTenth = -1;
  const showProgress = (progress: Progress) => {
    if (screen.live.isLive) return screen.live.draw(() => [progressBar(progress, screen.noteColors)]);
    const tenth = Math.floor((plainLines * progress.step) / progress.steps);
    if (tenth !== lastTenth) screen.print(progressWords(progress));
    lastTenth = tenth;
  };
  return (event) => {
    if (event.type === "progress") return showProgress(event.data);
    const words = eventWords(event);
    if (words !== undefined) screen.print(colored(event, words, screen.colors));
  };
};

const progressBar = (progress: Progress, colors: Colors): string => {
  const share = progress.step / progress.steps;
  return `${bar(share, colors)} ${percent(share)}  ${progressWords(progress)}`;
};

const progressWords = (progress: Progress): string =>
  [
    `step ${formatCount(progress.step)} of ${formatCount(progress.steps)}`,
    stepWords(progress),
    `${formatCount(Math.round(progress.tokensPerSecond))} tokens/s`,
    `${formatSeconds(progress.etaSeconds)} left`,
  ].join(", ");

const colored = ({ type }: RunEvent, words: string, { green, red, yellow }: Colors): string => {
  if (type === "run-completed") return green(words);
  if (type === "run-failed") return red(words);
  return type === "run-cancelled" || type === "run-requeued" ? yellow(words) : words;
};
