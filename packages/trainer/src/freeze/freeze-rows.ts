import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { epochsFor, type Split } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { adapterKeys } from "@loraloom/store/keys";
import { type Run, recordFrozen } from "@loraloom/store/runs";
import type { FrozenRows } from "@loraloom/store/tables";
import type { AnswerOf } from "../engine/protocol.ts";
import type { RunContext } from "../run/context.ts";
import { whileLeased } from "../run/database-patience.ts";
import { putFile } from "../stored-files.ts";
import { comparesAnswers, inputRows } from "./input-rows.ts";
import { templateVariablesAt } from "./template-variables.ts";
import { writeRows } from "./write-rows.ts";

/** One side of a run's frozen rows as a local file. */
type TokenizedSide = { path: string; counts: AnswerOf<"tokenize">; unusedByMethod: number };
type TokenizedRows = { train: TokenizedSide; evaluation: TokenizedSide | undefined };

/**
 * Reads the run's files once and for all: templated, tokenized, masked rows with their source lines are
 * put into this attempt's folder, and recorded as what the run reads from now on.
 *
 * @throws LoraloomError `no_usable_rows`, `dataset_changed`, `invalid_training_file`, `speaker_not_found`,
 * `over_length`, `storage_unavailable`, `lease_lost`
 */
export const freezeRows = async (context: RunContext): Promise<FrozenRows> => {
  const templateVariables = {
    ...templateVariablesAt(context.run.createdAt),
    ...context.run.templateVariables,
  };
  const rows: TokenizedRows = {
    train: await tokenizeTraining(context, templateVariables),
    evaluation: await tokenizeEvaluation(context, templateVariables),
  };
  context.stop.throwIfAborted();
  const frozen = await putFrozenRows(context, rows, templateVariables);
  await whileLeased(context, () => recordFrozen(context.store, context.fence, frozen));
  return frozen;
};

const tokenizeTraining = async (
  context: RunContext,
  variables: Record<string, string>,
): Promise<TokenizedSide> => {
  const side = await tokenizeSide(context, "train", variables);
  if (side.counts.examples > 0) return side;
  throw noUsableRows(context, side, "train");
};

/** Without rows to measure on it would not do what it was asked for. */
const waitsForEvaluations = ({ run: { config } }: RunContext): boolean =>
  (config.evaluationStrategy ?? "no") !== "no";

const noUsableRows = (
  { run: { inputs, config } }: RunContext,
  { counts, unusedByMethod }: TokenizedSide,
  split: Split,
): LoraloomError => {
  const role = config.evaluation.kind === "files" ? split : "train";
  const names = inputs.filter((input) => input.role === role).map(({ name }) => `'${name}'`);
  const purpose = split === "train" ? "train on" : "measure on";
  const rows = counts.rows + unusedByMethod;
  const unused = unusedByMethod > 0 ? `; '${config.method}' has no use for ${unusedByMethod} of them` : "";
  return new LoraloomError(
    "no_usable_rows",
    `No row to ${purpose} is left in ${names.join(", ") || "any file"} (${rows} rows were read${unused}).`,
    { details: { rows, unusedByMethod, skipped: counts.skipped.slice(0, 20) } },
  );
};

const tokenizeEvaluation = async (
  context: RunContext,
  variables: Record<string, string>,
): Promise<TokenizedSide | undefined> => {
  if (context.run.config.evaluation.kind === "none") return undefined;
  const side = await tokenizeSide(context, "evaluation", variables);
  if (side.counts.examples > 0) return side;
  if (waitsForEvaluations(context)) throw noUsableRows(context, side, "evaluation");
  context.log.warn({ ...context.fence }, "no held-out row is usable; the run goes on without them");
  return undefined;
};

const tokenizeSide = async (
  context: RunContext,
  split: Split,
  variables: Record<string, string>,
): Promise<TokenizedSide> => {
  const plainPath = join(context.folder, `${split}.plain.jsonl.gz`);
  const path = join(context.folder, `${split}.jsonl.gz`);
  const tally = { unusedByMethod: 0 };
  await writeRows(inputRows(context, { split, tally }), plainPath);
  context.stop.throwIfAborted();
  const counts = await context.engine.ask("tokenize", {
    rows_path: plainPath,
    out_path: path,
    max_length: context.run.config.maxLength,
    over_length: context.run.config.overLength,
    template_variables: variables,
    whole_answers: comparesAnswers(context.run.config.method),
  });
  return { path, counts, ...tally };
};

const putFrozenRows = async (
  { store, fence, scope, folder, run, requireLease }: RunContext,
  { train, evaluation }: TokenizedRows,
  templateVariables: Record<string, string>,
): Promise<FrozenRows> => {
  const keyOf = (file: string) => adapterKeys(scope).attemptFile(fence.runId, fence.attempt, file);
  const put = (name: string, path: string, contentType?: string) => {
    requireLease();
    return putFile(store.objects, { key: keyOf(name), path, contentType });
  };
  const rows = await put("rows.jsonl.gz", train.path);
  const held = evaluation && (await put("evaluation.jsonl.gz", evaluation.path));
  const facts = {
    rowsKey: rows.key,
    rowsSha256: rows.sha256,
    evaluationKey: held?.key ?? null,
    evaluationSha256: held?.sha256 ?? null,
    examples: train.counts.examples,
    evaluationExamples: evaluation?.counts.examples ?? 0,
    tokensTotal: train.counts.tokens_total,
    longest: train.counts.longest,
    epochs: run.config.epochs ?? epochsFor(train.counts.examples),
    templateVariables,
  };
  const path = join(folder, "dataset.json");
  const description = describeDataset(run, { train, evaluation });
  await writeFile(path, `${JSON.stringify({ ...description, ...facts }, null, 2)}\n`);
  const dataset = await put("dataset.json", path, "application/json");
  return { ...facts, datasetKey: dataset.key, datasetSha256: dataset.sha256 };
};

/** What was read, by whose words, and what became of every row. */
const describeDataset = ({ id, inputs, config }: Run, { train, evaluation }: TokenizedRows) => ({
  runId: id,
  inputs,
  method: config.method,
  speaker: config.speaker ?? null,
  evaluation: config.evaluation,
  rows: { train: rowCounts(train), evaluation: evaluation ? rowCounts(evaluation) : null },
  skipped: { train: train.counts.skipped, evaluation: evaluation?.counts.skipped ?? [] },
});

const rowCounts = ({ counts, unusedByMethod }: TokenizedSide) => ({
  rows: counts.rows,
  unusedByMethod,
  dropped: counts.dropped,
  truncated: counts.truncated,
  trimmed: counts.trimmed,
  skipped: counts.skipped_count,
});
