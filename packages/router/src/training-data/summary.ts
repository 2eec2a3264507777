import { summarizeFiles } from "@loraloom/store/files";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";

const countShape = { files: z.int(), bytes: z.int(), withFaults: z.int() };

/** How much there is to learn from and to measure with. */
export const summary = avatarProcedure("read", {})
  .output(
    z.object({
      trainingData: z.object({ ...countShape, used: z.int(), unused: z.int() }),
      evaluationData: z.object(countShape),
    }),
  )
  .query(async ({ ctx }) => {
    const counted = await summarizeFiles(ctx.store, ctx.avatar);
    const { training_data: training, evaluation_data: evaluation } = counted;
    return {
      trainingData: { ...training, files: training.count },
      evaluationData: { ...evaluation, files: evaluation.count },
    };
  });
