import { z } from "zod";
import { faultSchema, listed, speakersSchema } from "../files/file-schemas.ts";
import { hyperparametersSchema } from "../train/hyperparameters.ts";
import { methodSchema } from "../train/run-options.ts";

/** What is known of a set of files once every row of them was read. */
export const validationSchema = z.object({
  files: z.int(),
  bytes: z.int(),
  rows: z.int(),
  usableRows: z.int(),
  /** Usable rows by what they are. */
  rowKinds: z.object({ messages: z.int(), text: z.int(), preference: z.int(), labelled: z.int() }),
  /** Usable rows that are the same as an earlier one, of their own file or of another one. */
  duplicates: z.object({ withinFiles: z.int(), acrossFiles: z.int() }),
  method: methodSchema,
  /** What the method makes of the rows. */
  examples: z.int(),
  /** Rows that the method has no use for. */
  unusedRows: z.int(),
  evaluation: z.object({
    files: z.int(),
    /** Of evaluation files, or of the rows that a split holds out. */
    examples: z.int(),
    /** Training rows that are evaluation rows as well. */
    overlap: z.int(),
  }),
  /** Who speaks in dialogs; the most turns first. */
  speakers: speakersSchema,
  faultCount: z.int(),
  /** The first ones. */
  faults: z.array(faultSchema),
  warningCount: z.int(),
  warnings: z.array(faultSchema),
  /** File by file, evaluation data first. */
  byFile: listed(
    z.object({
      name: z.string(),
      kind: z.string(),
      format: z.string().nullable(),
      rows: z.int(),
      usableRows: z.int(),
      faultCount: z.int(),
      warningCount: z.int(),
    }),
  ),
});

/** By the base model's tokenizer, of the rows that a run would train on. */
const tokensSchema = z.object({
  /** The adapter's, or the server's own where there is none yet. */
  baseModel: z.string(),
  total: z.int(),
  /** Those that are learnt. */
  trained: z.int(),
  /** Of the longest example. */
  longest: z.int(),
  /** Rows that are longer than `maxLength`, and what happens to them; as a run does that is told nothing. */
  overLength: z.object({
    rows: z.int(),
    maxLength: z.int(),
    handling: hyperparametersSchema.shape.overLength,
  }),
});

/** With what a tokenizer says of the files. */
export const tokenizedValidationSchema = validationSchema.extend({
  tokens: tokensSchema.nullable(),
  /** Why there are no tokens. */
  unknown: z.object({ code: z.string(), reason: z.string() }).nullable(),
});

export type TokenizedValidation = z.input<typeof tokenizedValidationSchema>;
export type Validation = z.input<typeof validationSchema>;
