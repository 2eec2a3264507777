import { parseArgs } from "node:util";
import type { SizeName } from "./storage/sizes.ts";

export const usage = `npm run bench -- storage [--quick | --smoke] [--json FILE]

  storage      flags, lists, presigned URLs, uploads, validation, a large file
  --quick      the same at smaller sizes, in less than 5 minutes
  --smoke      shows that everything runs, in seconds; no target is judged
  --json FILE  writes the results there too`;

export type Arguments = { size: SizeName; jsonFile: string | undefined };

/** @throws UsageError */
export const readArguments = (args: string[]): Arguments => {
  const { positionals, values } = parse(args);
  const [suite, ...more] = positionals;
  if (suite !== "storage" || more.length > 0) {
    throw new UsageError(
      suite === undefined ? "Name what is to be measured." : `There is no '${positionals.join(" ")}'.`,
    );
  }
  if (values.quick && values.smoke) throw new UsageError("--quick and --smoke exclude each other.");
  return { size: sizeOf(values), jsonFile: values.json };
};

/** What was asked for is not understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { quick: { type: "boolean" }, smoke: { type: "boolean" }, json: { type: "string" } },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const sizeOf = ({ quick, smoke }: { quick?: boolean; smoke?: boolean }): SizeName => {
  if (quick) return "quick";
  return smoke ? "smoke" : "full";
};
