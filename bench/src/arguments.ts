import { parseArgs } from "node:util";
import type { SizeName } from "./storage/sizes.ts";

export const usage = `npm run bench -- storage|runs|engine [--quick | --smoke] [--json FILE]

  storage      flags, lists, presigned URLs, uploads, validation, a large file
  runs         the queue: enqueueing, claims, fairness, the API under load, events and watchers
  engine       training beside TRL's: adapters an hour, waiting times, memory, utilisation
  --quick      the same at smaller sizes: storage and runs in less than 5 minutes, engine in less than 8
  --smoke      shows that everything runs, in seconds; no target is judged
  --json FILE  writes the results there too; engine draws a plot beside it`;

const suites = ["storage", "runs", "engine"] as const;
export type SuiteName = (typeof suites)[number];
export type Arguments = { suite: SuiteName; size: SizeName; jsonFile: string | undefined };

/** @throws UsageError */
export const readArguments = (args: string[]): Arguments => {
  const { positionals, values } = parse(args);
  const suite = suites.find((name) => name === positionals.join(" "));
  if (!suite) {
    throw new UsageError(
      positionals.length === 0 ? "Name what is to be measured." : `There is no '${positionals.join(" ")}'.`,
    );
  }
  if (values.quick && values.smoke) throw new UsageError("--quick and --smoke exclude each other.");
  return { suite, size: sizeOf(values), jsonFile: values.json };
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
