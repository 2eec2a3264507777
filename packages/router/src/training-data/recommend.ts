import { recommendHyperparameters } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { usableRowsOf } from "@loraloom/store/files";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { recommendedSchema } from "../train/hyperparameters.ts";
import { methodSchema, presetSchema, speakerSchema } from "../train/run-options.ts";
import { choiceShape, selectTraining } from "./select-training.ts";

/** Hyperparameters for the size of the data, as train.start accepts them. */
export const recommend = avatarProcedure("read", {
  ...choiceShape,
  speaker: speakerSchema.optional(),
  method: methodSchema.default("sft"),
  preset: presetSchema.optional(),
  fullFineTuning: z.boolean().default(false),
})
  .output(
    z.object({
      /** As the files' reports count them. */
      examples: z.int(),
      /** null until all of them are counted. */
      tokens: z.int().nullable(),
      hyperparameters: recommendedSchema,
    }),
  )
  .query(
    async ({ ctx: { store, avatar }, input: { speaker, method, preset, fullFineTuning, ...choice } }) => {
      const files = await selectTraining(store, avatar, choice);
      const examples = sumOf(files, ({ report }) => (report ? usableRowsOf(report, speaker) : 0));
      if (examples === 0)
        throw new LoraloomError("no_usable_rows", "There is no usable row among these files.");
      const isCounted = files.every(({ tokens }) => tokens !== null);
      const tokens = isCounted ? sumOf(files, (file) => file.tokens?.total ?? 0) : undefined;
      const hyperparameters = recommendHyperparameters({ examples, tokens, method, preset, fullFineTuning });
      return { examples, tokens: tokens ?? null, hyperparameters };
    },
  );

const sumOf = <Item>(items: Item[], amountOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + amountOf(item), 0);
