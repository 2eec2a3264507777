import { emptySummary, summarizeFiles } from "@loraloom/store/files";
import { z } from "zod";
import { summarySchema } from "../files/file-schemas.ts";
import { toApiSummary } from "../files/to-api-file.ts";
import { avatarProcedure } from "../procedure.ts";

/** How much there is to learn from and to measure with. */
export const summary = avatarProcedure("read", {})
  .output(z.object({ trainingData: summarySchema, evaluationData: summarySchema }))
  .query(async ({ ctx: { store, avatar } }) => {
    const counted = await summarizeFiles(store, avatar);
    const of = (kind: "training_data" | "evaluation_data") =>
      toApiSummary(kind, counted.get(kind) ?? emptySummary);
    return { trainingData: of("training_data"), evaluationData: of("evaluation_data") };
  });
