/** Options of all that is about a run: what it would read, and what it would do. */
import { Option } from "@commander-js/extra-typings";
import type { Client } from "@loraloom/client";
import { InvalidArgumentError } from "commander";
import { parseNumber, parseWhole } from "../command/parse-values.ts";
import { UsageError } from "../failures/cli-error.ts";

export type StartInput = Parameters<Client["train"]["start"]["mutate"]>[0];
export type Method = NonNullable<StartInput["method"]>;

const int32 = 2 ** 31 - 1;
const methods = ["sft", "dpo", "orpo", "kto", "grpo"] as const satisfies Method[];

export const speakerOption = () =>
  new Option(
    "--speaker <name>",
    "whose replies are learnt from dialogs; the dialogs' own speaker unless given",
  );

export const methodOption = () =>
  new Option("--method <method>", "how it is learnt; sft unless given").choices(methods);

export const fromOption = () =>
  new Option(
    "--from <version>",
    "go on from a version: current, an id, or one of another avatar as <avatar>@<version>",
  ).argParser(parseStart);

/** An avatar's id may hold an @, a version's never does. */
const parseStart = (written: string): StartInput["startFrom"] => {
  const [, avatarId, version = ""] = /^(?:(.+)@)?([^@]+)$/s.exec(written) ?? [];
  if (version === "") throw new InvalidArgumentError("Write it as current, a version's id, or mia@current.");
  return avatarId === undefined ? version : { avatarId, version };
};

export const againOption = () =>
  new Option(
    "--again <run>",
    "train on the rows that a run has frozen, with what it had but for what is said here",
  )
    .conflicts(["speaker", "method", "preset", "recommended", "evaluation", "split", "splitSeed"])
    .conflicts(["baseModel", "skipInvalidRows", "dryRun"]);

export const measureOption = () =>
  new Option(
    "--evaluation <how>",
    "measure with the evaluation files, or not at all; with the files if there are any",
  )
    .choices(["files", "none"] as const)
    .conflicts("split");

export const splitOption = () =>
  new Option("--split <share>", "hold this share of the rows out instead").argParser(
    parseNumber({ min: 0.001, max: 0.9 }),
  );

export const splitSeedOption = () =>
  new Option("--split-seed <n>", "another choice of those rows").argParser(
    parseWhole({ min: 0, max: int32 }),
  );

export type MeasureOptions = { evaluation?: "files" | "none"; split?: number; splitSeed?: number };

/** What a run measures with, as the service takes it. @throws UsageError */
export const evaluationOf = ({ evaluation, split, splitSeed }: MeasureOptions): StartInput["evaluation"] => {
  if (split !== undefined) return splitSeed === undefined ? { split } : { split, seed: splitSeed };
  if (splitSeed === undefined) return evaluation;
  throw new UsageError("--split-seed goes with --split.");
};
