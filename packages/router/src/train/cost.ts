import { costOfSeconds, type Price } from "@loraloom/store/usage";
import type { RunEstimate } from "../inference.ts";

/** What the estimated seconds cost; null without a price or an estimate. */
export const costOf = (
  estimate: Pick<RunEstimate, "seconds"> | undefined,
  price: Price | undefined,
): { amount: number; currency: string | null } | null => {
  if (!price || !estimate || estimate.seconds === null) return null;
  return { amount: costOfSeconds(estimate.seconds, price), currency: price.currency };
};
