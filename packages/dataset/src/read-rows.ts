import { LoraloomError } from "@loraloom/errors";
import type { Fault } from "./faults.ts";
import type { CanonicalRow } from "./rows.ts";
import { type Scanned, scanFile, type TrainingFile } from "./scan.ts";

/** Enough to see what is wrong; the file's report has more. */
const namedFaults = 10;

/**
 * The rows of a file, in its order, as training reads them.
 *
 * @throws LoraloomError `invalid_training_file` with the first faults, unless `skipInvalidRows`
 */
export async function* readRows(
  options: TrainingFile & { skipInvalidRows: boolean; speaker?: string | undefined },
): AsyncGenerator<CanonicalRow> {
  const scan = scanFile(options);
  for await (const scanned of scan) {
    if ("row" in scanned) yield scanned.row;
    else if (!options.skipInvalidRows)
      throw invalidFile(options.name, await collectFaults(scanned.faults, scan));
  }
}

const collectFaults = async (first: Fault[], rest: AsyncGenerator<Scanned>): Promise<Fault[]> => {
  const faults = [...first];
  while (faults.length < namedFaults) {
    const next = await rest.next();
    if (next.done) break;
    if ("faults" in next.value) faults.push(...next.value.faults);
  }
  return faults.slice(0, namedFaults);
};

const invalidFile = (name: string, faults: Fault[]): LoraloomError => {
  const listed = faults.map(
    (fault) => `${fault.line === null ? "" : `line ${fault.line}: `}${fault.message}`,
  );
  return new LoraloomError("invalid_training_file", `'${name}' can't be trained on: ${listed.join(" ")}`, {
    details: { name, faults },
  });
};
