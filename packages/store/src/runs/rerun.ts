import { LoraloomError } from "@loraloom/errors";
import { eq } from "drizzle-orm";
import { appendEvent } from "../events/index.ts";
import type { Claim } from "../idempotency/call.ts";
import { recordMade } from "../idempotency/settle-call.ts";
import { adapterKeys } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { claimPrefix, whileStaged } from "../staging/index.ts";
import type { Store } from "../store.ts";
import { runs } from "../tables/index.ts";
import type { FrozenRows, Origin, RunConfig } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { requireStart } from "../usage/require-start.ts";
import { copyFrozen } from "./copy-frozen.ts";
import { runNotFound } from "./read-runs.ts";
import type { Run } from "./run.ts";
import { shareAdapter } from "./share-adapters.ts";

export type Rerun = {
  name?: string | undefined;
  tags?: string[] | undefined;
  config: RunConfig;
  /** As chosen for the number of examples. */
  epochs: number;
  /** The call that starts it, which may come again. */
  claim?: Claim | undefined;
  /** The request that asks for it. */
  origin?: Origin | undefined;
};
export type FrozenRun = Run & { frozen: FrozenRows };

/**
 * A run that reads what another one has frozen: it first gets a copy of its own, so that the other one may be deleted.
 *
 * @throws LoraloomError `dataset_changed` (the rows are gone or not what was frozen), `dataset_erased`,
 * `run_not_found` (deleted meanwhile), `adapter_not_found`, `limit_reached`, `storage_unavailable`
 */
export const rerun = async (store: Store, source: FrozenRun, request: Rerun): Promise<Run> => {
  const runId = newId();
  const prefix = adapterKeys(source).runPrefix(runId);
  return whileStaged(store, prefix, async () => {
    const frozen = await copyFrozen(store, source, { runId, epochs: request.epochs });
    return store.db.transaction(async (tx) => {
      // Before the run, as everybody who locks both: its worker may be publishing it.
      const generation = await shareAdapter(tx, source);
      await shareSource(tx, source);
      const run = await insertRerun(tx, source, { ...request, runId, frozen, generation });
      await claimPrefix(tx, prefix);
      return run;
    });
  });
};

/** @throws LoraloomError `rows_not_frozen`, `dataset_erased` */
export const requireFrozen = (run: Run): FrozenRun => {
  if (run.erasedAt) throw erased(run.id);
  if (run.frozen) return { ...run, frozen: run.frozen };
  throw new LoraloomError("rows_not_frozen", `Run '${run.id}' has no frozen rows to train on again.`, {
    details: { runId: run.id },
  });
};

const erased = (runId: string): LoraloomError =>
  new LoraloomError("dataset_erased", `What run '${runId}' had read was erased.`, { details: { runId } });

/** Whoever erases what the run has read waits for this transaction, and then finds the new run too. */
const shareSource = async (tx: Transaction, { id }: FrozenRun): Promise<void> => {
  const [shared] = await tx
    .select({ erasedAt: runs.erasedAt })
    .from(runs)
    .where(eq(runs.id, id))
    .for("share");
  if (!shared) throw runNotFound(id);
  if (shared.erasedAt) throw erased(id);
};

type Insertion = Rerun & { runId: string; frozen: FrozenRows; generation: number };

const insertRerun = async (
  tx: Transaction,
  source: FrozenRun,
  { runId, frozen, generation, name, tags, config, claim, origin }: Insertion,
): Promise<Run> => {
  const { userId, avatarId, baseModel, engineKey, inputs, templateVariables } = source;
  await requireStart(tx, userId);
  const [run] = await tx
    .insert(runs)
    .values({
      ...{ id: runId, userId, avatarId, generation, rerunOf: source.id, name, tags },
      ...{ baseModel, engineKey, config, inputs, templateVariables, frozen, origin },
    })
    .returning();
  if (!run) throw new Error("The database returned no row for a new run");
  await appendEvent(tx, runId, { type: "run-queued", data: {} });
  const { examples, evaluationExamples, tokensTotal: tokens } = frozen;
  await appendEvent(tx, runId, { type: "rows-frozen", data: { examples, evaluationExamples, tokens } });
  if (claim) await recordMade(tx, claim, runId);
  return run;
};
