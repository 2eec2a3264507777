import type { Client } from "@loraloom/client";
import { InvalidArgumentError } from "commander";
import { closest, distance } from "fastest-levenshtein";

type StartInput = Parameters<Client["train"]["start"]["mutate"]>[0];
export type Hyperparameters = NonNullable<StartInput["hyperparameters"]>;
type Name = keyof Hyperparameters;
type Kind = "number" | "text" | "names" | "switch" | "json";

/** How each value is written on a command line; what it may be is the service's to say. */
const kinds = {
  rank: "number",
  alpha: "number",
  rankStabilized: "switch",
  dora: "switch",
  fullFineTuning: "switch",
  dropout: "number",
  targetModules: "names",
  learningRate: "number",
  schedule: "text",
  warmupRatio: "number",
  weightDecay: "number",
  maxGradNorm: "number",
  batchSize: "number",
  gradientAccumulation: "number",
  packing: "switch",
  gradientCheckpointing: "switch",
  epochs: "number",
  maxSteps: "number",
  maxLength: "number",
  overLength: "text",
  seed: "number",
  beta: "number",
  desirableWeight: "number",
  undesirableWeight: "number",
  numGenerations: "number",
  maxCompletionTokens: "number",
  temperature: "number",
  topP: "number",
  rewards: "json",
} as const satisfies Record<Name, Kind>;

const hyperparameterNames = Object.keys(kinds);

const namesOfALine = 6;

/** The names for a command's help, in lines that fit on any terminal. */
export const hyperparametersText = (): string => {
  const lines: string[] = [];
  for (let at = 0; at < hyperparameterNames.length; at += namesOfALine) {
    lines.push(`  ${hyperparameterNames.slice(at, at + namesOfALine).join(", ")}`);
  }
  return `\nHyperparameters:\n${lines.join(",\n")}`;
};

/** Beyond this share of its letters a word is another word and no slip. */
const mostDifferent = 0.5;

/** Adds one `name=value` of `--set`. @throws InvalidArgumentError, which names the nearest name */
export const addHyperparameter = (text: string, values: Hyperparameters = {}): Hyperparameters => {
  const [, written = "", value = ""] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (value === "") throw new InvalidArgumentError("Write it as name=value, such as learningRate=1e-4.");
  const name = knownName(written);
  return { ...values, [name]: parseValue(name, value) };
};

/** Those of a run: null is what it has no use for. */
type RunHyperparameters = { [Of in Name]?: Hyperparameters[Of] | null };

/** Those of the first that a run doesn't have, as `--set` takes them: `epochs=5, batchSize=4`. */
export const hyperparameterWords = (values: Hyperparameters, run: RunHyperparameters): string =>
  hyperparameterNames
    .filter(isName)
    .filter((name) => values[name] !== undefined && written(name, values) !== written(name, run))
    .map((name) => `${name}=${written(name, values)}`)
    .join(", ");

const written = (name: Name, values: Hyperparameters | RunHyperparameters): string =>
  kinds[name] === "json" ? JSON.stringify(values[name]) : String(values[name]);

/** `learning_rate` and `learning-rate` are `learningRate`. */
const knownName = (written: string): Name => {
  const name = hyperparameterNames.find((known) => plain(known) === plain(written));
  if (name !== undefined && isName(name)) return name;
  throw new InvalidArgumentError(`'${written}' is no hyperparameter${hint(written)}`);
};

const hint = (written: string): string => {
  const nearest = closest(plain(written), hyperparameterNames.map(plain));
  const name = hyperparameterNames.find((known) => plain(known) === nearest) ?? "";
  if (distance(plain(written), nearest) / name.length <= mostDifferent) return `; did you mean '${name}'?`;
  return `. There are: ${hyperparameterNames.join(", ")}.`;
};

const plain = (name: string): string => name.replaceAll(/[-_\s]/g, "").toLowerCase();

const isName = (name: string): name is Name => Object.hasOwn(kinds, name);

const parseValue = (name: Name, value: string): unknown => {
  if (kinds[name] === "text") return value;
  if (kinds[name] === "names") return value === "all-linear" ? value : value.split(",");
  if (kinds[name] === "switch") return parseSwitch(name, value);
  if (kinds[name] === "json") return parseJson(name, value);
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return number;
  throw new InvalidArgumentError(`'${value}' is no number, as ${name} is.`);
};

const parseJson = (name: Name, value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    throw new InvalidArgumentError(`'${value}' is no JSON, as ${name} is: [{"type": "exact_match"}] say.`);
  }
};

const parseSwitch = (name: Name, value: string): boolean => {
  if (value === "true" || value === "false") return value === "true";
  throw new InvalidArgumentError(`'${value}' is neither true nor false, as ${name} is.`);
};
