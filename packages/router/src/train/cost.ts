import type { Price } from "@loraloom/store/usage";
import type { RunEstimate } from "../inference.ts";

const secondsOfHour = 3_600;

/** What the estimated seconds cost; null without a price or an estimate. */
export const costOf = (
  estimate: Pick<RunEstimate, "seconds"> | undefined,
  price: Price | undefined,
): { amount: number; currency: string | null } | null => {
  if (!price || !estimate || estimate.seconds === null) return null;
  return { amount: (estimate.seconds / secondsOfHour) * price.perGpuHour, currency: price.currency };
};
