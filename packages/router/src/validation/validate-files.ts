import { type FileReport, type FoundRow, inspectFile, type TrainingMethod } from "@loraloom/dataset";
import { byteSize, LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { readFileObject, type StoredFile } from "@loraloom/store/files";
import { RowTally } from "./row-tally.ts";
import { Turnstile } from "./turnstile.ts";
import { ValidationBuilder } from "./validation-builder.ts";
import type { Validation } from "./validation-schema.ts";

/** Some half a minute's work, and 200 MB of hashes at the very most. */
const mostBytes = 2 * 1024 ** 3;
const mostRows = 4_000_000;

/** Each takes a whole core while it reads. */
const turnstile = new Turnstile(2);

export type ValidationRequest = {
  training: StoredFile[];
  /** Files that are measured on. */
  evaluation: StoredFile[];
  /** The part of the training rows that is held out. */
  split?: { share: number; seed: number } | undefined;
  speaker?: string | undefined;
  method: TrainingMethod;
};

/**
 * Reads every row of the files as a run would and compares them with each other. Other calls get their turns
 * meanwhile, and memory grows by the rows' hashes only.
 *
 * @throws LoraloomError `too_large`, `storage_unavailable`, `request_cancelled`
 */
export const validateFiles = async (
  store: Store,
  request: ValidationRequest,
  signal: AbortSignal,
): Promise<Validation> => {
  requireWithinBounds([...request.training, ...request.evaluation]);
  try {
    using _place = await turnstile.enter(signal);
    return await readAll(store, request, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LoraloomError("request_cancelled", "The caller hung up.", { cause: error });
  }
};

/** Whether so much is read in one call. */
export const isWithinBounds = (files: StoredFile[]): boolean => {
  const { bytes, rows } = sizeOf(files);
  return bytes <= mostBytes && rows <= mostRows;
};

const readAll = async (
  store: Store,
  { training, evaluation, split, speaker, method }: ValidationRequest,
  signal: AbortSignal,
): Promise<Validation> => {
  const builder = new ValidationBuilder();
  const tally = new RowTally({ method, split, warn: builder.addWarning });
  const read = async (file: StoredFile, onRow: (found: FoundRow) => void): Promise<void> => {
    const report = await inspectStored(store, file, { speaker, onRow, signal });
    if (report) builder.addReport({ file, report });
    else builder.addFault(vanished(file));
    if (report && report.unassignedDialogs > 0) builder.addFault(unassigned(file, report));
  };
  for (const file of evaluation) await read(file, tally.addEvaluation);
  for (const file of training) {
    await read(file, tally.addTraining);
    tally.endTrainingFile();
  }
  return describe(builder, tally, method);
};

type Reading = { speaker: string | undefined; onRow: (found: FoundRow) => void; signal: AbortSignal };

const inspectStored = async (
  store: Store,
  file: StoredFile,
  { speaker, onRow, signal }: Reading,
): Promise<FileReport | undefined> => {
  const object = await readFileObject(store, file);
  if (!object) return undefined;
  const bytes = abortable(object.stream, signal);
  return inspectFile({ name: file.name, bytes, speaker, limits: store.limits, onRow });
};

async function* abortable(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    signal.throwIfAborted();
    yield piece;
  }
}

const describe = (builder: ValidationBuilder, tally: RowTally, method: TrainingMethod): Validation => {
  const { duplicatesWithinFiles, evaluationFiles, ...totals } = builder.totals;
  return {
    ...totals,
    duplicates: { withinFiles: duplicatesWithinFiles, acrossFiles: tally.duplicatesAcrossFiles },
    method,
    examples: tally.examples,
    unusedRows: tally.unusedRows,
    evaluation: { files: evaluationFiles, examples: tally.evaluationExamples, overlap: tally.overlap },
  };
};

const vanished = ({ name }: StoredFile) => ({
  name,
  line: null,
  path: null,
  code: "dataset_changed" as const,
  message: `The object of '${name}' was changed or removed by another tool.`,
});

const unassigned = ({ name }: StoredFile, { speakers }: FileReport) => ({
  name,
  line: null,
  path: null,
  code: "speaker_not_found" as const,
  message: `Nobody says whose replies are learnt; speakers are ${speakers.map((speaker) => `'${speaker.name}'`).join(", ")}.`,
});

const requireWithinBounds = (files: StoredFile[]): void => {
  if (isWithinBounds(files)) return;
  const { bytes, rows } = sizeOf(files);
  throw new LoraloomError(
    "too_large",
    `${files.length} files with ${byteSize(bytes)} and ${rows} rows; ${byteSize(mostBytes)} and ${mostRows} rows are read at once.`,
    { details: { files: files.length, bytes, rows, mostBytes, mostRows } },
  );
};

const sizeOf = (files: StoredFile[]): { bytes: number; rows: number } => ({
  bytes: files.reduce((sum, { size }) => sum + size, 0),
  rows: files.reduce((sum, { report }) => sum + (report?.rows ?? 0), 0),
});
