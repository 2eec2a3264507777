import { avatarProcedure } from "../procedure.ts";
import { neverAborted } from "../schemas/never-aborted.ts";
import { type EvaluationInput, evaluationSchema } from "../train/evaluation.ts";
import { usualEvaluation } from "../train/plan-run.ts";
import { methodSchema, speakerSchema } from "../train/run-options.ts";
import { validateFiles } from "../validation/validate-files.ts";
import { validationSchema } from "../validation/validation-schema.ts";
import { allFiles, choiceShape, selectTraining } from "./select-training.ts";

/** Reads files as a run would and says everything that is wrong with them, before a GPU is used. */
export const validate = avatarProcedure("read", {
  ...choiceShape,
  /** Left out: the speaker that each dialog names itself. */
  speaker: speakerSchema.optional(),
  /** Left out: the evaluation files, where there are any. */
  evaluation: evaluationSchema.optional(),
  method: methodSchema.default("sft"),
})
  .output(validationSchema)
  .query(async ({ ctx: { store, avatar }, input, signal = neverAborted }) => {
    const { names, filter, speaker, method } = input;
    const evaluation = input.evaluation ?? (await usualEvaluation(store, avatar));
    const heldOut = { kind: "evaluation_data", filter: "all" } as const;
    const request = {
      training: await selectTraining(store, avatar, { names, filter }),
      evaluation: evaluation === "files" ? await allFiles(store, avatar, heldOut) : [],
      split: splitOf(evaluation),
      speaker,
      method,
    };
    return validateFiles(store, request, signal);
  });

const splitOf = (evaluation: EvaluationInput) =>
  typeof evaluation === "string" ? undefined : { share: evaluation.split, seed: evaluation.seed };
