import { parseArgs } from "node:util";
import { mostPeople } from "./many/people.ts";

const fewest = 2;

/** `runs` left out: the demo of one person. @throws Error for a number that it can't be */
export const readArguments = (args: string[]): { runs: number | undefined; json: boolean } => {
  const { values } = parseArgs({
    args,
    options: { runs: { type: "string" }, json: { type: "boolean", default: false } },
  });
  if (values.runs === undefined) return { runs: undefined, json: values.json };
  const runs = Number(values.runs);
  if (Number.isInteger(runs) && runs >= fewest && runs <= mostPeople) return { runs, json: values.json };
  throw new Error(`--runs takes ${fewest} to ${mostPeople}, not '${values.runs}'.`);
};
