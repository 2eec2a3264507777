import type { Store } from "@loraloom/store";
import type { Price } from "@loraloom/store/usage";

/** An amount of money as callers see it; null where the service has no price. */
export const toApiCost = (
  { price }: Pick<Store, "price">,
  amount: number,
): { amount: number; currency: Price["currency"] } | null =>
  price ? { amount, currency: price.currency } : null;
