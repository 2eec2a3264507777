/** Calls that do more than others: they make the host send something elsewhere, or name other users. */
export type RatedCall = "webhookCalls" | "shareCalls";

/** How much of that one user may have done in a stretch of time, whoever calls for him. */
export type Rates = {
  /** @throws LoraloomError `rate_limited`, with when it resets */
  take: (call: RatedCall, userId: string) => Promise<void>;
};

export const unlimitedRates: Rates = { take: async () => undefined };
