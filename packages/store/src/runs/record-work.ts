import { sql } from "drizzle-orm";
import { appendOnce } from "../events/index.ts";
import type { Store } from "../store.ts";
import { type PreferenceFigures, type RewardFigures, runMetrics } from "../tables/index.ts";
import type { FrozenRows, RunCheckpoint, RunProgress } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { billStep } from "../usage/bill-work.ts";
import { type Fence, lockOwned, type OwnedRun, recordOwned, updateOwned } from "./fence.ts";
import { toMetricRow } from "./metric.ts";
import { checkpointStep, sweepSoon } from "./run.ts";

/** A late message of the engine does not take a run back from its export. */
const trainingOnce = sql`case when status = 'preparing' then 'training' else status end`;

/** From now on the run reads these rows and no file. @throws LoraloomError `lease_lost` */
export const recordFrozen = async (store: Store, fence: Fence, frozen: FrozenRows): Promise<void> => {
  await recordOwned(store, fence, {
    set: { frozen, ...sweepSoon },
    event: {
      type: "rows-frozen",
      data: {
        examples: frozen.examples,
        evaluationExamples: frozen.evaluationExamples,
        tokens: frozen.tokensTotal,
      },
    },
  });
};

/** The engine has begun. @throws LoraloomError `lease_lost` */
export const recordStarted = async (
  store: Store,
  fence: Fence,
  started: { steps: number; resumedFromStep: number },
): Promise<void> => {
  await recordOwned(store, fence, {
    set: { status: trainingOnce },
    event: { type: "run-started", data: started },
  });
};

/** `engineSeconds`: of the engine's time for this step. */
export type DoneStep = RunProgress & { engineSeconds?: number | undefined };

/**
 * One optimizer step, which is billed in the same moment. Written again it is billed and told once.
 *
 * @returns what the run's worker looks at, so that it sees after each step what it is asked to do
 * @throws LoraloomError `lease_lost`
 */
export const recordProgress = (
  store: Store,
  fence: Fence,
  { engineSeconds: seconds = 0, ...progress }: DoneStep,
): Promise<OwnedRun> =>
  store.db.transaction(async (tx) => {
    const { step, tokens } = progress;
    const crashedStep = sql`case when ${step} > crashed_step then null else crashed_step end`;
    const run = await updateOwned(tx, fence, { status: trainingOnce, progress, crashedStep });
    await writeMetric(tx, fence, { split: "train", ...progress });
    await appendOnce(tx, fence.runId, { type: "progress", data: progress });
    // Last, as all runs of a user share a row of the ledger.
    await billStep({ tx, runId: fence.runId, price: store.price }, { step, tokens, seconds });
    return run;
  });

export type HeldOutLoss = {
  phase: "before" | "during" | "after";
  /** Mean over the trained tokens of the held-out rows, in nats. */
  loss: number;
  /** Of next tokens; null for preferences. */
  accuracy: number | null;
  perplexity: number | null;
  /** GRPO: the mean reward, of which the loss is the negative. */
  reward: number | null;
  tokens: number;
  step: number;
  preferences: PreferenceFigures | null;
  rewards: RewardFigures | null;
};

/**
 * The loss on held-out rows. The first loss `before` stands: a resumed run's is no longer that of an
 * untrained adapter.
 *
 * @throws LoraloomError `lease_lost`
 */
export const recordEvaluation = (store: Store, fence: Fence, heldOut: HeldOutLoss): Promise<void> =>
  store.db.transaction(async (tx) => {
    const { tokens: _, ...told } = heldOut;
    const { phase, loss } = told;
    const run = await lockOwned(tx, fence);
    if (phase === "before" && run.heldOutBefore !== null) return;
    if (phase === "before") await updateOwned(tx, fence, { heldOutBefore: loss });
    if (phase === "after") await updateOwned(tx, fence, { heldOutAfter: loss });
    await writeMetric(tx, fence, { split: "held_out", ...heldOut });
    await appendOnce(tx, fence.runId, { type: "evaluated", data: told });
  });

/**
 * From now on the run resumes here. A step beyond all that it was saved at is progress: failures count from 0 again.
 *
 * @throws LoraloomError `lease_lost`
 */
export const recordCheckpoint = async (
  store: Store,
  fence: Fence,
  checkpoint: RunCheckpoint,
): Promise<void> => {
  await recordOwned(store, fence, {
    set: {
      checkpoint,
      failures: sql`case when ${checkpoint.step} > greatest(claimed_step, ${checkpointStep}) then 0 else failures end`,
      ...sweepSoon,
    },
    event: { type: "checkpointed", data: { step: checkpoint.step } },
  });
};

/**
 * The run's checkpoint can't be used: it begins anew, and has made no progress before it is past where it was. One that
 * was only to be kept has nothing to keep.
 *
 * @throws LoraloomError `lease_lost`
 */
export const dropCheckpoint = async (store: Store, fence: Fence): Promise<void> => {
  await store.db.transaction((tx) => updateOwned(tx, fence, { checkpoint: null, ...sweepSoon }));
};

/** After a resume the last attempt wins a step. */
const writeMetric = async (
  tx: Transaction,
  { runId, attempt }: Fence,
  metric: Parameters<typeof toMetricRow>[0],
): Promise<void> => {
  const row = { ...toMetricRow(metric), attempt, at: sql`now()` };
  await tx
    .insert(runMetrics)
    .values({ runId, ...row })
    .onConflictDoUpdate({ target: [runMetrics.runId, runMetrics.split, runMetrics.step], set: row });
};
