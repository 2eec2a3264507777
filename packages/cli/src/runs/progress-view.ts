import type { RunEvent } from "@loraloom/client";
import { bar, percent } from "../screen/bar.ts";
import type { Colors } from "../screen/colors.ts";
import { formatCount, formatLoss, formatSeconds } from "../screen/formats.ts";
import type { Screen } from "../screen/screen.ts";
import { eventWords } from "./event-words.ts";

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

const progressWords = ({ step, steps, loss, rewards, tokensPerSecond, etaSeconds }: Progress): string =>
  [
    `step ${formatCount(step)} of ${formatCount(steps)}`,
    rewards ? rewardWords(rewards) : `loss ${formatLoss(loss)}`,
    `${formatCount(Math.round(tokensPerSecond))} tokens/s`,
    `${formatSeconds(etaSeconds)} left`,
  ].join(", ");

const rewardWords = ({ mean, std, completionTokens }: NonNullable<Progress["rewards"]>): string =>
  `reward ${formatLoss(mean)} ± ${formatLoss(std)}, ${completionTokens.toFixed(0)} tokens each`;

const colored = ({ type }: RunEvent, words: string, { green, red, yellow }: Colors): string => {
  if (type === "run-completed") return green(words);
  if (type === "run-failed") return red(words);
  return type === "run-cancelled" || type === "run-requeued" ? yellow(words) : words;
};
