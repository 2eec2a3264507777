/** What users use, what they may use, and what it costs. */
export { findSpentLimit, type SpentLimit } from "./budget.ts";
export { checkPrice } from "./check-price.ts";
export { limitInWords, limitReached, type ReachedLimit } from "./limit-reached.ts";
export { listLimits, type OwnLimits } from "./list-limits.ts";
export { costOfSeconds, type Price } from "./price.ts";
export { type AllUsage, readAllUsage } from "./read-all-usage.ts";
export { type Limits, limitNames, readDefaults, readLimitsOf } from "./read-limits.ts";
export { type PeriodUsage, readUsage, type Usage } from "./read-usage.ts";
export { setLimits, type WantedLimits } from "./set-limits.ts";
