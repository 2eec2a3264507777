import { listRuns } from "@loraloom/store/runs";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

/** The avatar's runs, the newest first. */
export const list = avatarProcedure("read", pageShape)
  .output(z.object({ runs: z.array(runSchema), nextCursor }))
  .query(async ({ ctx, input }) => {
    const page = await listRuns(ctx.store, ctx.avatar, input);
    const runs = await Promise.all(page.runs.map((run) => toApiRun(ctx.store, run)));
    return { runs, nextCursor: page.nextCursor };
  });
