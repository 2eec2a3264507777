import { cancelRun } from "@loraloom/store/runs";
import { audit } from "../access/audit.ts";
import { avatarProcedure } from "../procedure.ts";
import { runId, runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

/** Ends a run: at once while it waits, within a step while it trains. One that has ended stays as it is. */
export const cancel = avatarProcedure("train", { runId })
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const run = await cancelRun(ctx.store, ctx.avatar, input.runId);
    await audit(ctx, { action: "run-cancelled", subject: run.id });
    return toApiRun(ctx.store, run);
  });
