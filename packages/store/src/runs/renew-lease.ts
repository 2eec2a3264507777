import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import { type Fence, ownedBy } from "./fence.ts";

/**
 * Keeps a run for another `leaseSeconds` from now. `lost`: somebody else may have it, and this attempt
 * must write nothing more.
 */
export const renewLease = async (
  store: Store,
  { leaseSeconds, ...fence }: Fence & { leaseSeconds: number },
): Promise<{ cancelRequested: boolean } | "lost"> => {
  const [run] = await store.db
    .update(runs)
    .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(ownedBy(fence))
    .returning({ cancelRequested: runs.cancelRequested });
  return run ?? "lost";
};
