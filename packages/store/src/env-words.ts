import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

/**
 * What is wrong with a setting, for who writes it as a text; a schema that says something of its own goes before.
 * Zod by itself tells of types, where a number is out of its bounds as well as where a variable is left out.
 */
export const settingFault = (issue: Issue): string | undefined => {
  switch (issue.code) {
    case "invalid_type":
      return typeFault(issue);
    case "too_small":
      return atLeast(issue);
    case "too_big":
      return atMost(issue);
    case "invalid_value":
      return `must be ${alternatives(issue.values.map(String))}`;
    case "invalid_format":
      return issue.format === "url" ? "must be a URL that begins with http:// or https://" : undefined;
    default:
      return undefined;
  }
};

const typeFault = ({ input, expected }: Issue): string => {
  if (input === undefined) return "is missing";
  if (expected === "int") return "must be a whole number";
  return expected === "number" ? "must be a number" : `must be a ${String(expected)}`;
};

const atLeast = ({ origin, minimum, inclusive }: Issue): string => {
  if (origin === "string") return `must have ${minimum} ${characters(minimum)} or more`;
  return inclusive === false ? `must be above ${minimum}` : `must be ${minimum} or more`;
};

const atMost = ({ origin, maximum }: Issue): string =>
  origin === "string" ? `must have ${maximum} ${characters(maximum)} or fewer` : `must be ${maximum} or less`;

const characters = (count: unknown): string => (count === 1 ? "character" : "characters");

const alternatives = (words: string[]): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" or ");
