import type { Claim } from "../idempotency/call.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Store } from "../store.ts";
import type { Origin, RunConfig } from "../tables/runs.ts";
import { onceFilesSettle } from "./await-settled-files.ts";
import type { Run } from "./run.ts";

/** A run that is to be queued. */
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

/** The same, and for which avatar. */
export type RunStart = NewRun & { scope: AvatarScope };

/**
 * Queues a run over the files as they are now: every file flagged for training and, where the config says
 * so, every evaluation file. A later change of a file changes nothing in the run or fails it; see `freeze`.
 *
 * @throws LoraloomError `adapter_not_found`, `invalid_training_file`, `no_usable_rows`,
 * `call_in_progress`, `limit_reached`, `files_not_ready` (not put in place or inspected within 20 s)
 */
export const startRun = (
  store: Pick<Store, "runStarts">,
  scope: AvatarScope,
  request: NewRun,
): Promise<Run> => onceFilesSettle(() => store.runStarts("starts", { ...request, scope }));
