import { listRuns } from "@loraloom/store/runs";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { idPageShape, nextCursor } from "../schemas/page.ts";
import { storedDate } from "../schemas/stored-date.ts";
import { runName, runTags } from "./run-labels.ts";
import { runSchema } from "./run-schema.ts";
import { toApiRun } from "./to-api-run.ts";

const filterShape = {
  /** One or more of them. */
  status: z.array(runSchema.shape.status).min(1).max(runSchema.shape.status.options.length).optional(),
  /** Those that have all of these. */
  tags: runTags.optional(),
  /** A part of the name, whatever its case. */
  name: runName.optional(),
  /** Started at this moment or later, and before that one. */
  since: storedDate.optional(),
  until: storedDate.optional(),
};

/** The avatar's runs, or those that are asked for, the newest first. */
export const list = avatarProcedure("read", { ...filterShape, ...idPageShape })
  .output(z.object({ runs: z.array(runSchema), nextCursor }))
  .query(async ({ ctx, input }) => {
    const page = await listRuns(ctx.store, ctx.avatar, input);
    const runs = await Promise.all(page.runs.map((run) => toApiRun(ctx.store, run)));
    return { runs, nextCursor: page.nextCursor };
  });
