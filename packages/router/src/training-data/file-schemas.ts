import { z } from "zod";

export const fileKind = z.enum(["training_data", "evaluation_data"]);
/** Which files a call is about. */
export const kindShape = { kind: fileKind.default("training_data") };

/** As a caller gives it; the rules are the store's. */
export const fileName = z.string().max(1_000);

const faultSchema = z.object({
  name: z.string(),
  line: z.int().nullable(),
  path: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

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
  speakers: z.array(z.object({ name: z.string(), turns: z.int(), replies: z.int() })),
  /** Of all usable rows, in UTF-16 units. */
  characters: z.int(),
  longestCharacters: z.int(),
  /** Of documents that have pages. */
  pages: z.int().nullable(),
});

export const fileSchema = z.object({
  name: z.string(),
  kind: fileKind,
  /** Whether training reads it; an evaluation file is never trained on. */
  useForTraining: z.boolean(),
  /** Bytes. */
  size: z.int(),
  sha256: z.string(),
  type: z.string(),
  state: z.enum(["inspecting", "ready"]),
  /** null while it is inspected. */
  report: reportSchema.nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
