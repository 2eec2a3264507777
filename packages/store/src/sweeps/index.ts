/** What removes, again and again, what nobody needs any more. */
export { runSweeps, type SweepReport } from "./run-sweeps.ts";
export { type SweepName, sweepNames } from "./sweeps.ts";
