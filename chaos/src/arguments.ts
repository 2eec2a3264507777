import { parseArgs } from "node:util";

export const usage = `npm run chaos -- [--minutes M] [--seed N] [--smoke] [--json FILE]

  --minutes M  how long there are faults; 5 unless given
  --seed N     what the schedule of faults and of users' wishes is made of; 1 unless given
  --smoke      in half a minute: shows that everything works
  --json FILE  writes the outcome there too

It ends with 0 where every invariant held, with 1 where one did not, and with 2 where it was not understood.`;

export type Arguments = { minutes: number; isSmoke: boolean; seed: number; jsonFile: string | undefined };

/** What was asked for is not understood. */
export class UsageError extends Error {
  override name = "UsageError";
}

const mostMinutes = 24 * 60;

/** @throws UsageError */
export const readArguments = (args: string[]): Arguments => {
  const { minutes, seed, smoke, json } = parse(args);
  if (smoke && minutes !== undefined) throw new UsageError("--smoke has a time of its own.");
  return {
    minutes: numberOf("--minutes", minutes ?? "5", { least: 0.1, most: mostMinutes }),
    seed: numberOf("--seed", seed ?? "1", { least: 0, most: Number.MAX_SAFE_INTEGER }),
    isSmoke: smoke ?? false,
    jsonFile: json,
  };
};

const parse = (args: string[]) => {
  try {
    const text = { type: "string" } as const;
    const options = { minutes: text, seed: text, json: text, smoke: { type: "boolean" } } as const;
    return parseArgs({ args, options }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const numberOf = (name: string, text: string, { least, most }: { least: number; most: number }): number => {
  const number = Number(text);
  if (text.trim() !== "" && number >= least && number <= most) return number;
  throw new UsageError(`${name} is '${text}', and has to be a number from ${least} to ${most}.`);
};
