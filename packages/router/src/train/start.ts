import { startRun } from "@loraloom/store/runs";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { planRun } from "./plan-run.ts";
import { labelsShape } from "./run-labels.ts";
import { runOptionsShape } from "./run-options.ts";
import { runSchema } from "./run-schema.ts";
import { startedBefore } from "./started-before.ts";
import { toApiRun } from "./to-api-run.ts";

export const startShape = {
  ...labelsShape,
  ...runOptionsShape,
};

/** Queues a run over the files that are flagged for training now. */
export const start = avatarMutation("train", startShape)
  .meta({ again: true })
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const { store, avatar, repeatable } = ctx;
    if (repeatable?.made) return startedBefore(ctx, repeatable.made);
    const run = await startRun(store, avatar, {
      name: input.name,
      tags: input.tags,
      ...(await planRun(ctx, input)),
      claim: repeatable?.claim,
      origin: ctx.origin,
    });
    const [told] = await Promise.all([
      toApiRun(store, run),
      audit(ctx, { action: "run-started", subject: run.id }),
    ]);
    return told;
  });
