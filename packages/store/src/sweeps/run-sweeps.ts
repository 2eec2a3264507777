import type { Store } from "../store.ts";
import { type SweepName, sweepNames, sweeps } from "./sweeps.ts";

export type SweepReport = {
  name: SweepName;
  /** Uploads, objects, runs, archives, prefixes or entries, as the sweep's name says. */
  removed: number;
  /** Why it did not come to its end; it is repeated every minute. */
  error: unknown;
};

/** So many batches of one kind at a call; a side job does the rest. */
const mostBatches = 200;

/** Does every sweep until it finds nothing more; one that fails keeps no other from its turn. */
export const runSweeps = async (store: Store): Promise<SweepReport[]> => {
  const reports: SweepReport[] = [];
  for (const name of sweepNames) reports.push(await runSweep(store, name));
  return reports;
};

const runSweep = async (store: Store, name: SweepName): Promise<SweepReport> => {
  let removed = 0;
  try {
    for (let batches = 0; batches < mostBatches; batches += 1) {
      const done = await sweeps[name](store);
      removed += done;
      if (done === 0) break;
    }
    return { name, removed, error: undefined };
  } catch (error) {
    store.log.warn({ error, sweep: name }, "a sweep failed and is repeated");
    return { name, removed, error };
  }
};
