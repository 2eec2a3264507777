import { createHash } from "node:crypto";
import { assignSplit, type CanonicalRow, readRows, type Split } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import { fileKey } from "@loraloom/store/keys";
import { getObject } from "@loraloom/store/objects";
import type { Run } from "@loraloom/store/runs";
import type { RunContext } from "../run/context.ts";

type RunInput = Run["inputs"][number];
type Source = Pick<RunContext, "store" | "run" | "scope">;

/**
 * The rows of one side of a run, as its files held them when the run was started.
 *
 * @throws LoraloomError `dataset_changed` naming the file, `invalid_training_file`, `storage_unavailable`
 */
export async function* inputRows(source: Source, split: Split): AsyncGenerator<CanonicalRow> {
  const { config, inputs } = source.run;
  for (const input of inputs.filter((each) => feeds(each, { config, split }))) {
    const bytes = inputBytes(source, input);
    for await (const row of readRows({ name: input.name, bytes, skipInvalidRows: config.skipInvalidRows }))
      if (isOfSplit(row, { config, split, input })) yield row;
  }
}

type Config = Run["config"];

/** Training files feed both sides where the run asked for a split. */
const feeds = (input: RunInput, { config, split }: { config: Config; split: Split }): boolean => {
  if (split === "train") return input.role === "train";
  if (config.evaluation.kind === "split") return input.role === "train";
  return config.evaluation.kind === "files" && input.role === "evaluation";
};

const isOfSplit = (
  row: CanonicalRow,
  { config, split, input }: { config: Config; split: Split; input: RunInput },
): boolean => {
  if (config.evaluation.kind !== "split" || input.role !== "train") return true;
  return assignSplit(row, config.evaluation) === split;
};

/** A file's bytes, only where they are those that the run recorded. */
async function* inputBytes({ store, scope }: Source, input: RunInput): AsyncGenerator<Uint8Array> {
  const kind = input.role === "train" ? "training_data" : "evaluation_data";
  const object = await getObject(store.objects, {
    key: fileKey(scope, kind, input.name),
    ifMatch: input.etag,
  });
  if (!object) throw datasetChanged(input.name);
  const hash = createHash("sha256");
  for await (const piece of object.stream) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest("hex") !== input.sha256) throw datasetChanged(input.name);
}

const datasetChanged = (name: string): LoraloomError =>
  new LoraloomError(
    "dataset_changed",
    `'${name}' was changed or deleted after the run was started and before it read it.`,
    { details: { name } },
  );
