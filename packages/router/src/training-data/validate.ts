import { avatarProcedure } from "../procedure.ts";
import { neverAborted } from "../schemas/never-aborted.ts";
import { type EvaluationInput, evaluationSchema } from "../train/evaluation.ts";
import { usualEvaluation } from "../train/plan-run.ts";
import { methodSchema, speakerSchema } from "../train/run-options.ts";
import { validateFiles } from "../validation/validate-files.ts";
import { tokenizedValidationSchema } from "../validation/validation-schema.ts";
import { allFiles, choiceShape, selectTraining } from "./select-training.ts";
import { tellTokens } from "./tell-tokens.ts";

/** Reads files as a run would and says everything that is wrong with them, and their tokens, before a GPU is used. */
export const validate = avatarProcedure("read", {
  ...choiceShape,
  /** Left out: the speaker that each dialog names itself. */
  speaker: speakerSchema.optional(),
  /** Left out: the evaluation files, where there are any. */
  evaluation: evaluationSchema.optional(),
  method: methodSchema.default("sft"),
})
  .output(tokenizedValidationSchema)
  .query(async ({ ctx, input, signal = neverAborted }) => {
    const { store, avatar } = ctx;
    const { names, filter, speaker, method } = input;
    const evaluation = input.evaluation ?? (await usualEvaluation(store, avatar));
    const heldOut = { kind: "evaluation_data", filter: "all" } as const;
    const files = await selectTraining(store, avatar, { names, filter });
    const request = {
      training: files,
      evaluation: evaluation === "files" ? await allFiles(store, avatar, heldOut) : [],
      split: splitOf(evaluation),
      speaker,
      method,
    };
    const found = await validateFiles(store, request, signal);
    const split = request.split && found;
    return { ...found, ...(await tellTokens(ctx, avatar, { files, method, speaker, split, signal })) };
  });

const splitOf = (evaluation: EvaluationInput) =>
  typeof evaluation === "string" ? undefined : { share: evaluation.split, seed: evaluation.seed };
