import type { Rates } from "@loraloom/router";
import type { RequestLimits } from "../env.ts";
import { createCallLimit } from "./call-limit.ts";

const seconds = 60;

/** What one user may have done at this host process by calls that reach further than others. */
export const createRates = ({ webhookCalls, shareCalls }: RequestLimits): Rates => {
  const limit = (what: string, most: number) =>
    createCallLimit({ code: "rate_limited", what, most, seconds });
  const limits = {
    webhookCalls: limit("changes, tests and redeliveries of one user's webhooks", webhookCalls),
    shareCalls: limit("calls by which one user shares avatars", shareCalls),
  };
  return { take: (call, userId) => limits[call].take(userId) };
};
