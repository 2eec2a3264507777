import { LoraloomError } from "@loraloom/errors";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

const shownCharacters = 80;
/** Enough to act on; a list of ten thousand faults helps nobody. */
const namedIssues = 20;
/** What people say to a model is nobody else's business, not even in an error, and neither is a secret. */
const privateFields = new Set(["messages", "stop", "value"]);

/** One error that names every wrong field with its value: `bad_option` for a hyperparameter. */
export const inputError = (cause: z.core.$ZodError, input: unknown): LoraloomError => {
  const issues = cause.issues.slice(0, namedIssues).flatMap(meant);
  const isOption = cause.issues.every(({ path }) => path[0] === "hyperparameters" && path.length > 0);
  const listed = issues.map((issue) => `${placeOf(issue)}${faultOf(issue, input)}`);
  return new LoraloomError(isOption ? "bad_option" : "bad_input", `${listed.join("; ")}.`, {
    cause,
    details: { issues: issues.map((issue) => ({ path: placeOf(issue), message: issue.message })) },
  });
};

/** Where a value may have several forms and is of one of their kinds: what is wrong within that form. */
const meant = (issue: Issue): Issue[] => {
  if (issue.code !== "invalid_union") return [issue];
  const form = issue.errors.find((faults) => faults.every(isWithin));
  if (!form) return [issue];
  return form.map((fault) => ({ ...fault, path: [...issue.path, ...fault.path] }));
};

const isWithin = ({ path, code }: Issue): boolean => path.length > 0 || code === "unrecognized_keys";

const placeOf = ({ path }: Issue): string => (path.length === 0 ? "input" : path.map(String).join("."));

const faultOf = (issue: Issue, input: unknown): string => {
  const value = valueAt(issue, input);
  if (value === undefined && issue.code === "invalid_type")
    return ` is missing; its type is ${issue.expected}`;
  return `${isShown(issue) && value !== undefined ? ` = ${shown(value)}` : ""}: ${issue.message}`;
};

const isShown = ({ path, code }: Issue): boolean =>
  path.length > 0 && code !== "unrecognized_keys" && !privateFields.has(String(path[0]));

const valueAt = ({ path }: Issue, input: unknown): unknown => {
  let value = input;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
};

const shown = (value: unknown): string => {
  if (value instanceof Date) return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
};
