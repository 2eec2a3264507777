import { assignSplit, type CanonicalRow, readRows, rowsForMethod, type Split } from "@loraloom/dataset";
import { fileKey } from "@loraloom/store/keys";
import type { Run } from "@loraloom/store/runs";
import type { RunContext } from "../run/context.ts";
import { objectBytes } from "./object-bytes.ts";

type RunInput = Run["inputs"][number];
type Config = Run["config"];
type Source = Pick<RunContext, "store" | "run" | "scope">;

/** Counts what is read; rows that the run's method has no use for are counted only. */
export type RowTally = { unusedByMethod: number };

/**
 * The rows of one side of a run, as its files held them when the run was started and as its method uses them.
 *
 * @throws LoraloomError `dataset_changed` naming the file, `invalid_training_file`, `speaker_not_found`,
 * `storage_unavailable`
 */
export async function* inputRows(
  source: Source,
  { split, tally }: { split: Split; tally: RowTally },
): AsyncGenerator<CanonicalRow> {
  const { config, inputs } = source.run;
  for (const input of inputs.filter((each) => feeds(each, { config, split })))
    for await (const row of readInput(source, input)) {
      if (!isOfSplit(row, { config, split, input })) continue;
      yield* usableRows(row, { method: config.method, tally });
    }
}

/** What a method makes of a row; nothing, and that is counted, where it can't use it. */
export const usableRows = (
  row: CanonicalRow,
  { method, tally }: { method: Config["method"]; tally: RowTally },
): CanonicalRow[] => {
  const rows = rowsForMethod(row, method);
  if (rows.length === 0) tally.unusedByMethod += 1;
  return rows;
};

/** Whether a row's answer is compared with, and not learnt. */
export const comparesAnswers = (method: Config["method"]): boolean => method === "grpo";

const readInput = ({ store, run, scope }: Source, input: RunInput): AsyncGenerator<CanonicalRow> => {
  const kind = input.role === "train" ? "training_data" : "evaluation_data";
  const { name, etag, sha256 } = input;
  const { skipInvalidRows, speaker } = run.config;
  return readRows({
    name,
    bytes: objectBytes(store.objects, { name, key: fileKey(scope, kind, name), etag, sha256 }),
    skipInvalidRows,
    speaker: speaker ?? undefined,
    limits: store.limits,
  });
};

/** Training files feed both sides where the run asked for a split. */
const feeds = (input: RunInput, { config, split }: { config: Config; split: Split }): boolean => {
  if (split === "train") return input.role === "train";
  if (config.evaluation.kind === "split") return input.role === "train";
  return config.evaluation.kind === "files" && input.role === "evaluation";
};

/** By what stands in the file, so that a row is on one side whatever the method makes of it. */
const isOfSplit = (
  row: CanonicalRow,
  { config, split, input }: { config: Config; split: Split; input: RunInput },
): boolean => {
  if (config.evaluation.kind !== "split" || input.role !== "train") return true;
  return assignSplit(row, config.evaluation) === split;
};
