import type { Store } from "./store.ts";

/** What a function needs that writes as a part of somebody else's transaction. */
export type Transaction = Parameters<Parameters<Store["db"]["transaction"]>[0]>[0];
