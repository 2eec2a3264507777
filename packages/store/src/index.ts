export { databaseFailure } from "./database/failures.ts";
export { type DescribedError, describeError } from "./describe-error.ts";
export { type StoreLimits, usualLimits } from "./limits.ts";
export { type OpenOptions, openStore } from "./open-store.ts";
export type { Database, Logger, Store, StoreConfig } from "./store.ts";
export { withFields } from "./with-fields.ts";
