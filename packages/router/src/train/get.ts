import { getRun } from "@loraloom/store/runs";
import { avatarProcedure } from "../procedure.ts";
import { runId, runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

export const get = avatarProcedure("read", { runId })
  .output(runSchema)
  .query(async ({ ctx, input }) => toApiRun(ctx.store, await getRun(ctx.store, ctx.avatar, input.runId)));
