import { z } from "zod";

export const fileKind = z.enum(["training_data", "evaluation_data"]);
/** Which files a call is about. */
export const kindShape = { kind: fileKind.default("training_data") };

/** As a caller gives it; the rules are the store's. */
export const fileName = z.string().max(1_000);

const reportSchema = z.object({
  format: z.string().nullable(),
  rows: z.int(),
  usableRows: z.int(),
  faultCount: z.int(),
  /** The first ones. */
  faults: z.array(
    z.object({
      name: z.string(),
      line: z.int().nullable(),
      path: z.string().nullable(),
      code: z.string(),
      message: z.string(),
    }),
  ),
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
