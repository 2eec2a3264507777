import { type CanonicalRow, readRows } from "@loraloom/dataset";
import { LoraloomError } from "@loraloom/errors";
import type { CountTokensLine, CountTokensRequest } from "@loraloom/store/workers";
import { comparesAnswers, type RowTally, usableRows } from "../freeze/input-rows.ts";
import { objectBytes } from "../freeze/object-bytes.ts";
import { templateVariablesAt } from "../freeze/template-variables.ts";
import { requestFolder } from "./request-folder.ts";
import { rowChunks } from "./row-chunks.ts";
import type { Serving } from "./serving.ts";
import { addTokens, noTokens } from "./token-counts.ts";
import { withProgress } from "./with-progress.ts";

type Counted = Extract<CountTokensLine, { type: "result" }>;

/**
 * Counts a stored file's tokens with the tokenizer that trains, as a run would read it. Memory does not grow
 * with the file; an aborted signal ends it within a second's work.
 *
 * @throws LoraloomError `dataset_changed`, `invalid_training_file`, `speaker_not_found`, `over_length` (where
 * that is to be raised), `storage_unavailable`, `engine_crashed`
 */
export const countTokensLines = (
  serving: Serving,
  request: CountTokensRequest,
  signal: AbortSignal,
): AsyncGenerator<CountTokensLine> => withProgress(countTokens(serving, request, signal));

const countTokens = async (
  serving: Serving,
  { file, reading }: CountTokensRequest,
  signal: AbortSignal,
): Promise<Counted> => {
  await using folder = await requestFolder(serving);
  const tally = { unusedByMethod: 0 };
  const chunks = rowChunks(rowsOf(serving, { file, reading }, tally), folder.path);
  const counted = await countChunks(chunks, (path) => countChunk(serving, { path, reading }), signal);
  return { ...counted, ...tally };
};

async function* rowsOf(
  { store }: Serving,
  { file, reading }: CountTokensRequest,
  tally: RowTally,
): AsyncGenerator<CanonicalRow> {
  const { method, skipInvalidRows, speaker } = reading;
  const bytes = objectBytes(store.objects, file);
  const rows = readRows({
    name: file.name,
    bytes,
    skipInvalidRows,
    speaker: speaker ?? undefined,
    limits: store.limits,
  });
  for await (const row of rows) yield* usableRows(row, { method, tally });
}

type CountChunk = (path: string) => Promise<Parameters<typeof addTokens>[1]>;

/** Each chunk is counted while the next one is read. */
const countChunks = async (
  chunks: AsyncGenerator<string>,
  count: CountChunk,
  signal: AbortSignal,
): Promise<Counted> => {
  let sum = noTokens;
  try {
    let chunk = await chunks.next();
    while (!chunk.done) {
      if (signal.aborted) throw hungUp();
      const [next, counted] = await Promise.all([chunks.next(), count(chunk.value)]);
      sum = addTokens(sum, counted);
      chunk = next;
    }
  } finally {
    await chunks.return(undefined);
  }
  return sum;
};

const countChunk = (
  { engine }: Serving,
  { path, reading }: { path: string; reading: CountTokensRequest["reading"] },
) =>
  engine.ask("tokenize", {
    rows_path: path,
    out_path: null,
    max_length: reading.maxLength,
    over_length: reading.overLength,
    template_variables: templateVariablesAt(new Date()),
    whole_answers: comparesAnswers(reading.method),
  });

const hungUp = (): LoraloomError =>
  new LoraloomError("request_cancelled", "Nobody waits for the token counts any more.");
