import { deleteRun } from "@loraloom/store/runs";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { runId } from "./run-schema.ts";

/** Deletes an ended run with its events, figures, frozen rows and log. The version that it made stays. */
export const deleteProcedure = avatarMutation("train", { runId })
  .output(z.object({ runId: z.string() }))
  .mutation(async ({ ctx, input: { runId } }) => {
    await deleteRun(ctx.store, ctx.avatar, runId);
    await audit(ctx, { action: "run-deleted", subject: runId });
    return { runId };
  });
