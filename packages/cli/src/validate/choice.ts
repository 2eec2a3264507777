import { UsageError } from "../failures/cli-error.ts";

/** Which training files are meant: those of these names, else those of a filter. */
export type Choice = { names: string[]; filter?: undefined } | { names?: undefined; filter: "all" | "used" };

/** @throws UsageError where both are given */
export const choiceOf = (names: string[], { all }: { all?: true }): Choice => {
  if (names.length === 0) return { filter: all ? "all" : "used" };
  if (all) throw new UsageError("Give names, or --all, and not both.");
  return { names };
};
