import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { findFiles, listFiles, type StoredFile } from "@loraloom/store/files";
import type { AvatarScope } from "@loraloom/store/keys";
import { z } from "zod";
import { fileNames } from "../files/file-schemas.ts";
import { avatarProcedure } from "../procedure.ts";
import { type EvaluationInput, evaluationSchema } from "../train/evaluation.ts";
import { usualEvaluation } from "../train/plan-run.ts";
import { methodSchema, speakerSchema } from "../train/run-options.ts";
import { validateFiles } from "../validation/validate-files.ts";
import { validationSchema } from "../validation/validation-schema.ts";

/** As many as an avatar can have. */
const mostFiles = 10_000;

/** Reads files as a run would and says everything that is wrong with them, before a GPU is used. */
export const validate = avatarProcedure("read", {
  /** Instead of `filter`. */
  names: fileNames.optional(),
  /** Left out: the files that are used. */
  filter: z.enum(["all", "used", "unused"]).optional(),
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
    const request = {
      training: await selectTraining(store, avatar, { names, filter }),
      evaluation: evaluation === "files" ? await allFiles(store, avatar, "evaluation_data") : [],
      split: splitOf(evaluation),
      speaker,
      method,
    };
    return validateFiles(store, request, signal);
  });

/** Of a caller inside the process, who can't hang up. */
const neverAborted = new AbortController().signal;

type Filter = "all" | "used" | "unused";
type Choice = { names: string[] | undefined; filter: Filter | undefined };

const selectTraining = async (
  store: Store,
  avatar: AvatarScope,
  { names, filter }: Choice,
): Promise<StoredFile[]> => {
  if (!names) return allFiles(store, avatar, "training_data", filter ?? "used");
  if (filter) throw new LoraloomError("bad_input", "Give names or filter, and not both.");
  return findFiles(store.db, { ...avatar, kind: "training_data" }, names);
};

const allFiles = async (
  store: Store,
  avatar: AvatarScope,
  kind: "training_data" | "evaluation_data",
  filter: Filter = "all",
): Promise<StoredFile[]> => {
  const { files, nextCursor } = await listFiles(store, avatar, { kind, filter, limit: mostFiles });
  if (nextCursor === null) return files;
  throw new LoraloomError("too_large", `There are more than ${mostFiles} files; name the ones to validate.`);
};

const splitOf = (evaluation: EvaluationInput) =>
  typeof evaluation === "string" ? undefined : { share: evaluation.split, seed: evaluation.seed };
