import type { Client } from "@loraloom/client";
import { formatBytes, formatCost, formatCount, formatSeconds } from "../screen/formats.ts";

export type Limits = Awaited<ReturnType<Client["admin"]["limits"]["get"]["query"]>>["limits"];
export type LimitName = keyof Limits;

type Described = { option: string; words: string; format: (amount: number) => string };

/** What a limit of 5 is in, the service tells with a cost alone. */
const formatAmount = (amount: number): string => formatCost({ amount, currency: null });

/** Every limit: its option on the command line, what it is about, and how its numbers are shown. */
export const limitsByName: Record<LimitName, Described> = {
  concurrentRuns: { option: "concurrent-runs", words: "runs at work", format: formatCount },
  queuedRuns: { option: "queued-runs", words: "runs that wait", format: formatCount },
  tokensPerDay: { option: "tokens-per-day", words: "tokens a day", format: formatCount },
  tokensPerMonth: { option: "tokens-per-month", words: "tokens a month", format: formatCount },
  gpuSecondsPerDay: { option: "gpu-seconds-per-day", words: "GPU time a day", format: formatSeconds },
  gpuSecondsPerMonth: { option: "gpu-seconds-per-month", words: "GPU time a month", format: formatSeconds },
  costPerMonth: { option: "cost-per-month", words: "cost a month", format: formatAmount },
  storageBytes: { option: "storage-bytes", words: "bytes of files and backups", format: formatBytes },
};

export const limitNames = Object.keys(limitsByName) as LimitName[];

/** `no limit`, or as the limit's numbers are shown. */
export const limitWords = (name: LimitName, value: number | null): string =>
  value === null ? "no limit" : limitsByName[name].format(value);
