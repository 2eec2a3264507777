/** Objects that are written before anybody sees them, or that nobody sees any more: what a crash leaves is swept. */
export { abandonPrefix, claimPrefix, isStaged, releasePrefix, whileStaged } from "./staged-prefix.ts";
export { requestPrefixSweep, sweepStagedPrefixes } from "./sweep-prefixes.ts";
