import type { Store } from "@loraloom/store";
import { queuePosition, type Run } from "@loraloom/store/runs";
import type { z } from "zod";
import { fromRunConfig } from "./run-config.ts";
import type { runSchema } from "./run-schema.ts";

/** A run as callers see it, with its place in the queue. */
export const toApiRun = async (store: Store, run: Run): Promise<z.input<typeof runSchema>> => ({
  ...run,
  config: fromRunConfig(run.config),
  // Recorded before it is published; until then nobody can use it.
  versionId: run.status === "completed" ? run.versionId : null,
  queuePosition: run.status === "queued" ? await queuePosition(store, run) : null,
  examples: run.frozen?.examples ?? null,
  evaluationExamples: run.frozen?.evaluationExamples ?? null,
});
