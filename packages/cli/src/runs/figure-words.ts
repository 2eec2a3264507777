import type { RunEvent } from "@loraloom/client";
import { formatLoss, formatShare } from "../screen/formats.ts";

type Progress = Extract<RunEvent, { type: "progress" }>["data"];
type Evaluated = Extract<RunEvent, { type: "evaluated" }>["data"];

/** What a step's method goes by, and the loss where that tells something. */
export const stepWords = ({ loss, preferences, rewards }: Progress): string => {
  if (rewards) return rewardWords(rewards);
  return [`loss ${formatLoss(loss)}`, ...(preferences ? preferenceWords(preferences) : [])].join(", ");
};

/** What was measured on held-out rows, after `held-out loss before training: `, or reward. */
export const measuredWords = ({ loss, accuracy, preferences, reward }: Evaluated): string => {
  if (reward !== null) return formatLoss(reward);
  const right = accuracy === null ? [] : [`${formatShare(accuracy)} of tokens right`];
  return [formatLoss(loss), ...right, ...(preferences ? preferenceWords(preferences) : [])].join(", ");
};

const rewardWords = ({ mean, std, completionTokens, cutOff }: NonNullable<Progress["rewards"]>): string =>
  [
    `reward ${formatLoss(mean)} ± ${formatLoss(std)}`,
    `${completionTokens.toFixed(0)} tokens each`,
    ...(cutOff ? [`${formatShare(cutOff)} cut off`] : []),
  ].join(", ");

const preferenceWords = ({ accuracy, margin }: NonNullable<Progress["preferences"]>): string[] => [
  ...(accuracy === null ? [] : [`${formatShare(accuracy)} of pairs right`]),
  ...(margin === null ? [] : [`margin ${formatLoss(margin)}`]),
];
