import { z } from "zod";

const toolCall = z.strictObject({
  id: z.string().optional(),
  type: z.literal("function"),
  function: z.strictObject({
    name: z.string().min(1),
    /** JSON text as OpenAI writes it, or the object itself. */
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
  }),
});

const message = z.strictObject({
  /** `developer` is written as `system`, `function` as `tool`: chat templates know only the latter. */
  role: z.enum(["system", "user", "assistant", "tool"]),
  /** Empty only where an assistant's turn is made of tool calls. */
  content: z.string(),
  /** 0: this reply is context, not learnt. Absent: 1. */
  weight: z.union([z.literal(0), z.literal(1)]).optional(),
  name: z.string().min(1).optional(),
  tool_calls: z.array(toolCall).min(1).optional(),
  tool_call_id: z.string().min(1).optional(),
});

/** JSON schema tools as OpenAI writes them. */
const tool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({ name: z.string().min(1) }),
});

/** The one form of an example, whatever file it came from. */
export const canonicalRowSchema = z
  .strictObject({
    /** The prompt and the wanted answer. */
    messages: z.array(message).min(1).optional(),
    /** Trained on every token. */
    text: z.string().min(1).optional(),
    tools: z.array(tool).optional(),
    /** A pair's answer that lost, without the prompt, which is `messages` before `answerFrom`. */
    rejected: z.array(message).min(1).optional(),
    /** Index in `messages` at which the judged answer begins. */
    answerFrom: z.int().nonnegative().optional(),
    /** Whether the judged answer is a good one. */
    label: z.boolean().optional(),
    /** So many leading messages (after a system message) may be dropped, oldest first, to fit a length. */
    trimmable: z.int().nonnegative().optional(),
    /** Where it stands: the file's name and the line, counted from 1; `page` in documents that have pages. */
    source: z.strictObject({
      name: z.string(),
      line: z.int().positive(),
      page: z.int().positive().optional(),
    }),
  })
  .refine(({ messages, text }) => (messages === undefined) !== (text === undefined), {
    message: "a row has either messages or text",
  });

export type CanonicalRow = z.infer<typeof canonicalRowSchema>;
export type CanonicalMessage = z.infer<typeof message>;
export type ToolCall = z.infer<typeof toolCall>;
export type Tool = z.infer<typeof tool>;

/** A row before its place in a file is known. */
export type RowContent = Omit<CanonicalRow, "source">;
