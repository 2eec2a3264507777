import { cancelRun, getRun, isTerminal } from "@loraloom/store/runs";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { runId, runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

/**
 * Ends a run: at once while it waits, within a step while it trains. One that has ended stays as it is. A run that is
 * to keep what it has learnt ends with a candidate version; its error says where there was nothing to keep.
 */
export const cancel = avatarMutation("train", { runId, keep: z.enum(["checkpoint"]).optional() })
  .meta({ again: true })
  .output(runSchema)
  .mutation(async ({ ctx, input }) => {
    const before = await getRun(ctx.store, ctx.avatar, input.runId);
    if (isTerminal(before.status)) return toApiRun(ctx.store, before);
    const run = await cancelRun(ctx.store, ctx.avatar, input.runId, input);
    const [told] = await Promise.all([
      toApiRun(ctx.store, run),
      // A run that ended by itself meanwhile was not cancelled by anybody.
      run.cancelRequested && audit(ctx, { action: "run-cancelled", subject: run.id }),
    ]);
    return told;
  });
