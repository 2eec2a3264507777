import { updateRun } from "@loraloom/store/runs";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { runName, runTags } from "./run-labels.ts";
import { runId, runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

/** Names a run otherwise, or tags it anew; what is left out stays. Nothing that its result depends on can be changed. */
export const update = avatarMutation("train", {
  runId,
  /** null: none. */
  name: runName.nullable().optional(),
  tags: runTags.optional(),
})
  .meta({ again: true })
  .output(runSchema)
  .mutation(async ({ ctx, input: { runId, name, tags } }) => {
    const run = await updateRun(ctx.store, ctx.avatar, { runId, name, tags });
    await audit(ctx, { action: "run-updated", subject: runId });
    return toApiRun(ctx.store, run);
  });
