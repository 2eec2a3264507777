import { z } from "zod";
import { settingFault } from "./env-words.ts";

/** What decides whether an adapter fits: bases that differ in any of it are different engines. */
export type BaseIdentity = { modelId: string; revision: string; dtype: string; quantization: string };
/** `path`: the folder of its files on a worker's machine. */
export type Base = BaseIdentity & {
  dtype: "float32" | "bfloat16";
  quantization: "none" | "4bit" | "8bit";
  path: string;
};

/** Names an engine: a worker claims only runs of its own key. */
export const engineKeyOf = (base: BaseIdentity): string =>
  `${base.modelId}@${base.revision}/${base.dtype}/${base.quantization}`;

const furtherBasesSchema = z.array(
  z.strictObject({
    model: z.string().min(1),
    path: z.string().min(1),
    revision: z.string().min(1).default("main"),
    /** Left out: the default base's. */
    dtype: z.enum(["float32", "bfloat16"]).optional(),
    quantization: z.enum(["none", "4bit", "8bit"]).default("none"),
  }),
);

/** Reads the value of LORALOOM_FURTHER_BASES; a fault becomes an issue that says where it is. */
export const parseFurtherBases = (
  text: string,
  context: z.RefinementCtx,
): z.infer<typeof furtherBasesSchema> => {
  const parsed = z
    .string()
    .transform(parseList)
    .pipe(furtherBasesSchema)
    .safeParse(text, { error: settingFault });
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    context.addIssue({
      code: "custom",
      message: path.length > 0 ? `${path.join(".")} ${message}` : message,
    });
  return z.NEVER;
};

const parseList = (text: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({
      code: "custom",
      message: 'must be JSON such as [{"model": "id", "path": "/folder"}]',
    });
    return z.NEVER;
  }
};
