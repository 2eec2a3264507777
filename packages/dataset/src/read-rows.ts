import { LoraloomError } from "@loraloom/errors";
import { type Fault, shownList } from "./faults.ts";
import type { Limits } from "./limits.ts";
import type { CanonicalRow } from "./rows.ts";
import { rowsForMethod, type TrainingMethod } from "./rows-for-method.ts";
import { type Scan, scanFile } from "./scan/scan-file.ts";
import type { Scanned, TrainingFile } from "./scan/scanned.ts";

/** Enough to see what is wrong; the file's report has more. */
const namedFaults = 10;

export type ReadOptions = TrainingFile & {
  skipInvalidRows: boolean;
  /** Whose replies are learnt from dialogs; else the speaker that each dialog names itself. */
  speaker?: string | undefined;
  /** Gives each row as this method uses it, and only those that it can use. */
  method?: TrainingMethod | undefined;
  limits?: Partial<Limits> | undefined;
};

/**
 * The rows of a file, in its order, as training reads them.
 *
 * @throws LoraloomError `invalid_training_file` with the first faults, unless `skipInvalidRows`;
 * `speaker_not_found` with the speakers there are, where a dialog has none chosen or lacks the chosen one
 */
export async function* readRows(options: ReadOptions): AsyncGenerator<CanonicalRow> {
  const { method } = options;
  const scan = scanFile(options, options);
  for await (const batch of scan.batches) {
    for (const scanned of batch) {
      if ("row" in scanned) yield* method ? rowsForMethod(scanned.row, method) : [scanned.row];
      else await refuseFaulty(scanned, scan, { ...options, batch });
    }
  }
}

type Refusal = Pick<ReadOptions, "name" | "skipInvalidRows"> & { batch: Scanned[] };

const refuseFaulty = async (scanned: Scanned, scan: Scan, options: Refusal): Promise<void> => {
  if ("unassigned" in scanned) throw speakerMissing(options.name, scan);
  if (!("faults" in scanned) || options.skipInvalidRows) return;
  const [first] = scanned.faults;
  if (first?.code === "speaker_not_found") throw unknownSpeaker(options.name, first);
  const start = options.batch.indexOf(scanned);
  throw invalidFile(options.name, await collectFaults(options.batch.slice(start), scan.batches));
};

const collectFaults = async (begun: Scanned[], rest: AsyncGenerator<Scanned[]>): Promise<Fault[]> => {
  const faults = faultsOf(begun);
  while (faults.length < namedFaults) {
    const next = await rest.next();
    if (next.done) break;
    faults.push(...faultsOf(next.value));
  }
  return faults.slice(0, namedFaults);
};

const faultsOf = (batch: Scanned[]): Fault[] =>
  batch.flatMap((scanned) => ("faults" in scanned ? scanned.faults : []));

const invalidFile = (name: string, faults: Fault[]): LoraloomError => {
  const listed = faults.map(
    (fault) => `${fault.line === null ? "" : `line ${fault.line}: `}${fault.message}`,
  );
  return new LoraloomError("invalid_training_file", `'${name}' can't be trained on: ${listed.join(" ")}`, {
    details: { name, faults },
  });
};

const speakerMissing = (name: string, { facts }: Scan): LoraloomError => {
  const speakers = [...facts.speakers.keys()];
  const message = `'${name}' is a dialog, and nobody says whose replies are learnt; its speakers are ${shownList(speakers)}.`;
  return new LoraloomError("speaker_not_found", message, {
    details: { name, speakers: speakers.slice(0, 100) },
  });
};

const unknownSpeaker = (name: string, fault: Fault): LoraloomError =>
  new LoraloomError("speaker_not_found", `'${name}', line ${fault.line}: ${fault.message}`, {
    details: { name, faults: [fault] },
  });
