import { and, eq } from "drizzle-orm";
import { adapterNotFound, adapterOf } from "../adapters/lock-adapter.ts";
import { appendEvent } from "../events/index.ts";
import type { Claim } from "../idempotency/call.ts";
import { recordMade } from "../idempotency/settle-call.ts";
import type { AvatarScope } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Store } from "../store.ts";
import { adapters, runs } from "../tables/index.ts";
import type { Origin, RunConfig } from "../tables/runs.ts";
import type { Transaction } from "../transaction.ts";
import { requireStart } from "../usage/require-start.ts";
import { onceFilesSettle } from "./await-settled-files.ts";
import type { Run } from "./run.ts";
import { selectInputs } from "./select-inputs.ts";

export type NewRun = {
  name?: string | undefined;
  tags?: string[] | undefined;
  baseModel: string;
  engineKey: string;
  config: RunConfig;
  /** Variables for the base model's chat template, such as the date. */
  templateVariables?: Record<string, string> | undefined;
  /** The call that starts it, which may come again. */
  claim?: Claim | undefined;
  /** The request that asks for it. */
  origin?: Origin | undefined;
};

/**
 * Queues a run over the files as they are now: every file flagged for training and, where the config says
 * so, every evaluation file. A later change of a file changes nothing in the run or fails it; see `freeze`.
 *
 * @throws LoraloomError `adapter_not_found`, `invalid_training_file`, `no_usable_rows`,
 * `call_in_progress`, `limit_reached`, `files_not_ready` (not put in place or inspected within 20 s)
 */
export const startRun = (store: Store, scope: AvatarScope, request: NewRun): Promise<Run> =>
  onceFilesSettle(() => store.db.transaction((tx) => startOnce(tx, scope, request)));

const startOnce = async (tx: Transaction, scope: AvatarScope, request: NewRun): Promise<Run> => {
  const runId = newId();
  const generation = await shareAdapter(tx, scope);
  const inputs = await selectInputs(tx, scope, request.config);
  await requireStart(tx, scope.userId);
  const { name, tags, baseModel, engineKey, config, templateVariables = {}, origin } = request;
  const [run] = await tx
    .insert(runs)
    .values({
      id: runId,
      ...scope,
      generation,
      inputs,
      ...{ name, tags, baseModel, engineKey, config, templateVariables, origin },
    })
    .returning();
  if (!run) throw new Error("The database returned no row for a new run");
  await appendEvent(tx, runId, { type: "run-queued", data: {} });
  if (request.claim) await recordMade(tx, request.claim, runId);
  return run;
};

/** Keeps the adapter from being deleted until the run is in the queue. */
export const shareAdapter = async (tx: Transaction, scope: AvatarScope): Promise<number> => {
  const [adapter] = await tx
    .select({ generation: adapters.generation })
    .from(adapters)
    .where(and(adapterOf(scope), eq(adapters.state, "active")))
    .for("share");
  if (!adapter) throw adapterNotFound(scope);
  return adapter.generation;
};
