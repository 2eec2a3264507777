import { z } from "zod";

const message = z.strictObject({
  /** `developer` is written as `system`: chat templates know only the latter. */
  role: z.enum(["system", "user", "assistant"]),
  content: z.string().min(1),
  /** 0: this reply is context, not learnt. Absent: 1. */
  weight: z.union([z.literal(0), z.literal(1)]).optional(),
  name: z.string().min(1).optional(),
});

/** The one form of an example, whatever file it came from. */
export const canonicalRowSchema = z.strictObject({
  messages: z.array(message).min(1),
  /** Where it stands: the file's name and the line, counted from 1. */
  source: z.strictObject({ name: z.string(), line: z.int().positive() }),
});

export type CanonicalRow = z.infer<typeof canonicalRowSchema>;
export type CanonicalMessage = CanonicalRow["messages"][number];
