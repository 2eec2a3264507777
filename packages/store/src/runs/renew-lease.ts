import { sql } from "drizzle-orm";
import type { Store } from "../store.ts";
import { type LimitName, runs } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { billOpenStep } from "../usage/bill-work.ts";
import { findSpentLimit } from "../usage/budget.ts";
import { type Fence, type OwnedRun, ownedBy, ownedColumns } from "./fence.ts";

/** What a run's worker is asked to do with it. */
export type Wishes = Pick<OwnedRun, "cancelRequested" | "cancelKeeps">;

/** `step`: the last one that is done; `seconds` of the engine's time that the next one took so far. */
export type OpenStep = { step: number; seconds: number };
export type Renewal = Fence & { leaseSeconds: number; openStep?: OpenStep | undefined };

/** `limitReached`: the run has to wait until its user may use more. */
export type Renewed = Wishes & { limitReached?: LimitName | undefined };

/**
 * Keeps a run for another `leaseSeconds` from now, and bills what it took since its last step. `lost`: somebody else
 * may have it, and this attempt must write nothing more.
 */
export const renewLease = (store: Store, renewal: Renewal): Promise<Renewed | "lost"> =>
  store.db.transaction(async (tx) => {
    const run = await keep(tx, renewal);
    if (!run) return "lost";
    const { openStep } = renewal;
    if (openStep) await billOpenStep({ tx, runId: renewal.runId, price: store.price }, openStep);
    const spent = goesOn(run) ? await findSpentLimit(tx, run.userId) : undefined;
    const { cancelRequested, cancelKeeps } = run;
    return { cancelRequested, cancelKeeps, limitReached: spent?.limit };
  });

const keep = async (tx: Transaction, { leaseSeconds, ...fence }: Renewal): Promise<OwnedRun | undefined> => {
  const leaseExpiresAt = sql`now() + make_interval(secs => ${leaseSeconds})`;
  const [run] = await tx.update(runs).set({ leaseExpiresAt }).where(ownedBy(fence)).returning(ownedColumns);
  return run;
};

/** What has its last step behind it, or is to end there, is let end: it uses nothing more. */
const goesOn = ({ status, progress, cancelRequested }: OwnedRun): boolean =>
  status !== "exporting" && !cancelRequested && (progress === null || progress.step < progress.steps);
