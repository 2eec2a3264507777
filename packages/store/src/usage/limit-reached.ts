import { byteSize, LoraloomError } from "@loraloom/errors";
import type { LimitName } from "../tables/index.ts";

export type ReachedLimit = {
  limit: LimitName;
  value: number;
  /** Now, without what is asked for. */
  used: number;
  /** What is asked for beyond it, where that is known. */
  asked?: number;
  /** When it begins anew; null: it frees as runs end or files go. */
  resetsAt: Date | null;
};

/** Two digits that count of what is less than a hundredth, which is not nothing. */
const plain = (amount: number): string =>
  amount.toLocaleString(
    "en-US",
    amount < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 },
  );
const seconds = (amount: number): string => `${plain(amount)} GPU seconds`;

const shown: Record<LimitName, (amount: number) => string> = {
  concurrentRuns: (amount) => `${plain(amount)} running runs`,
  queuedRuns: (amount) => `${plain(amount)} waiting runs`,
  tokensPerDay: (amount) => `${plain(amount)} tokens a day`,
  tokensPerMonth: (amount) => `${plain(amount)} tokens a month`,
  gpuSecondsPerDay: (amount) => `${seconds(amount)} a day`,
  gpuSecondsPerMonth: (amount) => `${seconds(amount)} a month`,
  costPerMonth: (amount) => `a cost of ${plain(amount)} a month`,
  storageBytes: (amount) => `${byteSize(amount)} of files`,
};

/** Such as `3,600 GPU seconds a day`. */
export const limitInWords = (limit: LimitName, value: number): string => shown[limit](value);

/** Names the limit, its value, what is used, and when it resets. */
export const limitReached = (reached: ReachedLimit): LoraloomError => {
  const { limit, value, used, asked, resetsAt } = reached;
  const size = limit === "storageBytes" ? byteSize : plain;
  const more = asked === undefined ? "" : `, ${size(asked)} more are asked for`;
  const reset =
    resetsAt === null
      ? "it frees as they go"
      : `it resets at ${resetsAt.toISOString().replace(".000Z", "Z")}`;
  return new LoraloomError(
    "limit_reached",
    `The limit '${limit}' of ${limitInWords(limit, value)} is reached: ${size(used)} are used${more}; ${reset}.`,
    { details: { ...reached, resetsAt: resetsAt?.toISOString() ?? null } },
  );
};
