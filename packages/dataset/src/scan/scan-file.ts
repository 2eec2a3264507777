import { FileFault } from "../faults.ts";
import { limits as defaultLimits, type Limits } from "../limits.ts";
import { openFile } from "./open-file.ts";
import { Pacer } from "./pacer.ts";
import { type FileFacts, newFacts, type ScanContext, type Scanned, type TrainingFile } from "./scanned.ts";

export type ScanOptions = { speaker?: string | undefined; limits?: Partial<Limits> | undefined };

/** A file being read: what is known so far, and its rows and faults in order. */
export type Scan = { facts: FileFacts; batches: AsyncGenerator<Scanned[]> };

/**
 * Reads a file of any format once, in order; memory does not grow with it.
 *
 * Ends early where the rest can't be trusted: too many bytes or rows, a document that can't be read. Never
 * throws for what the file holds; an error of the stream itself passes through.
 */
export const scanFile = (file: TrainingFile, options: ScanOptions = {}): Scan => {
  const context: ScanContext = {
    name: file.name,
    limits: { ...defaultLimits, ...options.limits },
    speaker: options.speaker,
    facts: newFacts(),
    pacer: new Pacer(),
  };
  return { facts: context.facts, batches: scan(context, file.bytes) };
};

async function* scan(context: ScanContext, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Scanned[]> {
  try {
    yield* limitRows(context, openFile(context, bytes));
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const { line, code, message } = error;
    yield [{ faults: [{ name: context.name, line, path: null, code, message }], rows: 0 }];
  }
}

async function* limitRows(
  { limits: { rowsPerFile }, facts }: ScanContext,
  all: AsyncGenerator<Scanned[]>,
): AsyncGenerator<Scanned[]> {
  let isEmpty = true;
  let left = rowsPerFile;
  for await (const batch of all) {
    const within = withinLimit(batch, left);
    yield within;
    if (within.length < batch.length) {
      throw new FileFault("too_large", `The file has more than ${rowsPerFile} rows.`);
    }
    left -= batch.filter(isRow).length;
    isEmpty &&= batch.length === 0;
  }
  if (!isEmpty) return;
  facts.format = null;
  throw new FileFault("empty_file", "The file has no rows.");
}

const withinLimit = (batch: Scanned[], limit: number): Scanned[] => {
  if (batch.length <= limit) return batch;
  let rows = 0;
  const end = batch.findIndex((item) => isRow(item) && ++rows > limit);
  return end === -1 ? batch : batch.slice(0, end);
};

const isRow = (item: Scanned): boolean => "row" in item || ("faults" in item && item.rows === 1);
