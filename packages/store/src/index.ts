export { databaseFailure } from "./database/failures.ts";
export { openStore } from "./open-store.ts";
export type { Database, Logger, Store, StoreConfig } from "./store.ts";
