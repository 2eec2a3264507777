import { LoraloomError } from "@loraloom/errors";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

const shownCharacters = 80;
/** Enough to act on; a list of ten thousand faults helps nobody. */
const namedIssues = 20;
/** What people say to a model is nobody else's business, not even in an error. */
const privateFields = new Set(["messages", "stop"]);

/** One error that names every wrong field with its value: `bad_option` for a hyperparameter. */
export const inputError = (cause: z.core.$ZodError, input: unknown): LoraloomError => {
  const issues = cause.issues.slice(0, namedIssues);
  const isOption = cause.issues.every(({ path }) => path[0] === "hyperparameters" && path.length > 0);
  const listed = issues.map((issue) => `${placeOf(issue)}${valueAt(issue, input)}: ${issue.message}`);
  return new LoraloomError(isOption ? "bad_option" : "bad_input", `${listed.join("; ")}.`, {
    cause,
    details: { issues: issues.map((issue) => ({ path: placeOf(issue), message: issue.message })) },
  });
};

const placeOf = ({ path }: Issue): string => (path.length === 0 ? "input" : path.map(String).join("."));

const valueAt = ({ path, code }: Issue, input: unknown): string => {
  if (path.length === 0 || code === "unrecognized_keys" || privateFields.has(String(path[0]))) return "";
  let value = input;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return "";
    value = Reflect.get(value, name);
  }
  return ` = ${shown(value)}`;
};

const shown = (value: unknown): string => {
  if (value instanceof Date) return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
};
