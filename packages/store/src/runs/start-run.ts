import { LoraloomError } from "@loraloom/errors";
import { and, eq } from "drizzle-orm";
import { adapterNotFound, adapterOf } from "../adapters/lock-adapter.ts";
import { appendEvent } from "../events/index.ts";
import type { AvatarScope } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { adapters, idempotencyKeys, runs } from "../tables/index.ts";
import type { Origin, RunConfig } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { requireStart } from "../usage/require-start.ts";
import { onceFilesSettle } from "./await-settled-files.ts";
import type { Run } from "./run.ts";
import { selectInputs } from "./select-inputs.ts";

export type NewRun = {
  name?: string | undefined;
  baseModel: string;
  engineKey: string;
  config: RunConfig;
  /** Variables for the base model's chat template, such as the date. */
  templateVariables?: Record<string, string> | undefined;
  /** The same key and `requestHash` give the same run. */
  idempotencyKey?: string | undefined;
  requestHash: string;
  /** The request that asks for it. */
  origin?: Origin | undefined;
};

/**
 * Queues a run over the files as they are now: every file flagged for training and, where the config says
 * so, every evaluation file. A later change of a file changes nothing in the run or fails it; see `freeze`.
 *
 * @throws LoraloomError `adapter_not_found`, `invalid_training_file`, `no_usable_rows`,
 * `idempotency_conflict`, `limit_reached`, `files_not_ready` (not put in place or inspected within 20 s)
 */
export const startRun = (store: Store, scope: AvatarScope, request: NewRun): Promise<Run> =>
  onceFilesSettle(() => store.db.transaction((tx) => startOnce(tx, scope, request)));

const startOnce = async (tx: Transaction, scope: AvatarScope, request: NewRun): Promise<Run> => {
  const runId = newId();
  const answered = await claimKey(tx, scope, { ...request, runId });
  if (answered) return answered;
  const generation = await shareAdapter(tx, scope);
  const inputs = await selectInputs(tx, scope, request.config);
  await requireStart(tx, scope.userId);
  const { name, baseModel, engineKey, config, templateVariables = {}, origin } = request;
  const [run] = await tx
    .insert(runs)
    .values({
      id: runId,
      ...scope,
      generation,
      inputs,
      ...{ name, baseModel, engineKey, config, templateVariables, origin },
    })
    .returning();
  if (!run) throw new Error("The database returned no row for a new run");
  await appendEvent(tx, runId, { type: "run-queued", data: {} });
  return run;
};

/** Takes the idempotency key, or gives the run that it was used for; a twin in flight is waited for. */
const claimKey = async (
  tx: Transaction,
  { userId }: AvatarScope,
  { idempotencyKey: key, requestHash, runId }: NewRun & { runId: string },
): Promise<Run | undefined> => {
  if (key === undefined) return undefined;
  const [taken] = await tx
    .insert(idempotencyKeys)
    .values({ userId, key, requestHash, runId })
    .onConflictDoNothing()
    .returning();
  if (taken) return undefined;
  const [answered] = await tx
    .select({ run: runs, requestHash: idempotencyKeys.requestHash })
    .from(idempotencyKeys)
    .innerJoin(runs, eq(runs.id, idempotencyKeys.runId))
    .where(and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key)));
  if (answered?.requestHash !== requestHash) {
    throw new LoraloomError(
      "idempotency_conflict",
      `Idempotency key '${key}' was used for another request.`,
      {
        details: { idempotencyKey: key },
      },
    );
  }
  return answered.run;
};

/** Keeps the adapter from being deleted until the run is in the queue. */
const shareAdapter = async (tx: Transaction, scope: AvatarScope): Promise<number> => {
  const [adapter] = await tx
    .select({ generation: adapters.generation })
    .from(adapters)
    .where(and(adapterOf(scope), eq(adapters.state, "active")))
    .for("share");
  if (!adapter) throw adapterNotFound(scope);
  return adapter.generation;
};
