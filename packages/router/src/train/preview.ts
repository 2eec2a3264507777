import { idempotencyShape } from "../idempotency/answer-once.ts";
import { avatarProcedure } from "../procedure.ts";
import { neverAborted } from "../schemas/never-aborted.ts";
import { previewRun } from "./preview-run.ts";
import { previewSchema } from "./preview-schema.ts";
import { startShape } from "./start.ts";

/** What train.start would do with the same input: rows, tokens, time, memory, cost, and whether it may start. */
export const preview = avatarProcedure("read", { ...startShape, ...idempotencyShape })
  .output(previewSchema)
  .query(({ ctx, input, signal = neverAborted }) => previewRun(ctx, { options: input, signal }));
