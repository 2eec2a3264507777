import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { type Fence, ownedBy } from "./fence.ts";
import type { Run } from "./run.ts";

/** What a run's worker is asked to do with it. */
export type Wishes = Pick<Run, "cancelRequested" | "cancelKeeps">;

/**
 * Keeps a run for another `leaseSeconds` from now. `lost`: somebody else may have it, and this attempt
 * must write nothing more.
 */
export const renewLease = async (
  store: Store,
  { leaseSeconds, ...fence }: Fence & { leaseSeconds: number },
): Promise<Wishes | "lost"> => {
  const [run] = await store.db
    .update(runs)
    .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(ownedBy(fence))
    .returning({ cancelRequested: runs.cancelRequested, cancelKeeps: runs.cancelKeeps });
  return run ?? "lost";
};
