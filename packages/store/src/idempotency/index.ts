/** Calls that may come again: each is done once, and answered as the first time. */
export type { Call, Claim } from "./call.ts";
export { type Claimed, claimCall } from "./claim-call.ts";
export { keepWorking, recordAnswer, recordMade, recordUnknown, releaseKey } from "./settle-call.ts";
export { sweepIdempotencyKeys } from "./sweep-keys.ts";
