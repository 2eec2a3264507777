import { z } from "zod";
import { text } from "../schemas/text.ts";

/** As a caller gives it; the rules are the store's. */
export const fileName = z.string().max(1_000);
/** For one call; the bounds are the store's. */
export const fileNames = z.array(fileName).min(1).max(10_000);
/** Names that are looked for, and not checked as those of new files are. */
export const soughtNames = z.array(text.max(1_000)).min(1).max(10_000);

/** Of many names the first thousand. */
export const listed = <Item extends z.ZodType>(item: Item) =>
  z.object({ count: z.int(), first: z.array(item) });

export const faultSchema = z.object({
  name: z.string(),
  line: z.int().nullable(),
  path: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

/** `dialogs`: in how many of them he speaks. */
export const speakersSchema = z.array(
  z.object({ name: z.string(), turns: z.int(), replies: z.int(), dialogs: z.int() }),
);

const reportSchema = z.object({
  format: z.string().nullable(),
  /** What the format stands in. */
  compressed: z.literal("gzip").nullable(),
  rows: z.int(),
  usableRows: z.int(),
  faultCount: z.int(),
  /** The first ones. */
  faults: z.array(faultSchema),
  warningCount: z.int(),
  /** The first duplicates, secrets and personal data; their rows stay usable. */
  warnings: z.array(faultSchema),
  duplicates: z.int(),
  /** Usable rows by what they are. */
  rowKinds: z.object({ messages: z.int(), text: z.int(), preference: z.int(), labelled: z.int() }),
  /** Whose replies the rows of a dialog are; null without one, or with several. */
  speaker: z.string().nullable(),
  /** Who speaks in dialogs; the most turns first. */
  speakers: speakersSchema,
  dialogs: z.int(),
  /** Those that need the run's `speaker`: nobody is chosen in them. */
  unassignedDialogs: z.int(),
  /** Of all usable rows, in UTF-16 units. */
  characters: z.int(),
  longestCharacters: z.int(),
  /** Of documents that have pages. */
  pages: z.int().nullable(),
  /** Of examples of the usual length; null until a worker of the adapter's base model has counted them. */
  tokens: z
    .object({
      examples: z.int(),
      total: z.int(),
      /** Those that are learnt. */
      trained: z.int(),
      longest: z.int(),
      /** Rows that are longer than the usual length. */
      overLength: z.int(),
      /** Whose tokenizer counted. */
      baseModel: z.string(),
    })
    .nullable(),
});

export const fileSchema = z.object({
  name: z.string(),
  /** The folder that it lies in. */
  kind: z.string(),
  /** null where files have no flag, as in `evaluation_data`, which is never trained on. */
  useForTraining: z.boolean().nullable(),
  /** Bytes. */
  size: z.int(),
  /** Hex; null for a moment where the bytes came without one. */
  sha256: z.string().nullable(),
  type: z.string(),
  state: z.enum(["inspecting", "ready"]),
  /** null while it is inspected, and in a folder whose files are not. */
  report: reportSchema.nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

/** What a folder holds. */
export const summarySchema = z.object({
  files: z.int(),
  bytes: z.int(),
  /** null where files have no flag. */
  used: z.int().nullable(),
  unused: z.int().nullable(),
  withFaults: z.int(),
  states: z.object({ inspecting: z.int(), ready: z.int() }),
  /** Of the files that were inspected. */
  rows: z.int(),
  /** null while there is a file whose tokens nobody has counted. */
  tokens: z.int().nullable(),
});
