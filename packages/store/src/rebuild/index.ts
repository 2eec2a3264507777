/** Tables from the object store alone. */
export type { FoundFault, RebuildOutcome } from "./outcome.ts";
export { rebuild } from "./rebuild.ts";
