import type { Fault } from "./faults.ts";
import type { FormatId } from "./formats/catalog.ts";
import { limits as defaultLimits, type Limits } from "./limits.ts";
import { hashRow, type RowHash } from "./row-hash.ts";
import { RowHashSet } from "./row-hash-set.ts";
import type { CanonicalRow } from "./rows.ts";
import { scanFile } from "./scan/scan-file.ts";
import type { FileFacts, Scanned, SpeakerCount, TrainingFile, Turn } from "./scan/scanned.ts";
import { duplicateWarning, warningsOfRow, warningsOfTurn } from "./warnings/warnings.ts";

/** What is known about a file before anything is trained on it. */
export type FileReport = {
  /** null: no row of a known format was found. */
  format: FormatId | null;
  /** What the format stands in. */
  compressed: "gzip" | null;
  /** Of a dialog that nobody is chosen for: its turns. */
  rows: number;
  /** Of a dialog that nobody is chosen for: the replies of all its speakers. */
  usableRows: number;
  faultCount: number;
  /** The first faults, in the file's order, up to `limits.reportedFaults`. */
  faults: Fault[];
  warningCount: number;
  /** The first duplicates, secrets and personal data; their rows stay usable. */
  warnings: Fault[];
  /** Usable rows that are the same as an earlier one. */
  duplicates: number;
  /** Usable rows by what they are: plain conversations, texts, pairs, labelled answers. */
  rowKinds: { messages: number; text: number; preference: number; labelled: number };
  /** Whose replies the rows of a dialog are: the run's choice or the file's; null without one, or with several. */
  speaker: string | null;
  /** Who speaks in dialogs, the most turns first, up to `limits.reportedSpeakers`. */
  speakers: SpeakerCount[];
  /** A text in speaker lines is one. */
  dialogs: number;
  /** Those that neither the run nor the file chooses a speaker for. */
  unassignedDialogs: number;
  /** Of all usable rows, in UTF-16 units. */
  characters: number;
  longestCharacters: number;
  /** Of documents that have pages. */
  pages: number | null;
};

export type InspectOptions = TrainingFile & {
  /** Whose replies are to be learnt from dialogs. */
  speaker?: string | undefined;
  limits?: Partial<Limits> | undefined;
  /** Told of each usable row as it is found. */
  onRow?: ((found: FoundRow) => void) | undefined;
};

/** `isRepeated`: the file has the same row further up. */
export type FoundRow = { row: CanonicalRow; hash: RowHash; isRepeated: boolean };

/**
 * Reads a whole file once and reports every fault and warning with its line, path and code.
 *
 * Never throws for what the file holds; an error of the stream itself passes through.
 */
export const inspectFile = async ({
  speaker,
  limits,
  onRow,
  ...file
}: InspectOptions): Promise<FileReport> => {
  const { facts, batches } = scanFile(file, { speaker, limits });
  const builder = new ReportBuilder(file.name, { ...defaultLimits, ...limits }, onRow);
  for await (const batch of batches) for (const scanned of batch) builder.add(scanned);
  return builder.finish(facts);
};

class ReportBuilder {
  private readonly name: string;
  private readonly limits: Limits;
  private readonly onRow: InspectOptions["onRow"];
  private readonly hashes = new RowHashSet();
  private readonly report = emptyReport();
  /** Its rows repeat what its turns say: warnings are given of the turns. */
  private isDialog = false;

  constructor(name: string, limits: Limits, onRow?: InspectOptions["onRow"]) {
    this.name = name;
    this.limits = limits;
    this.onRow = onRow;
  }

  add(scanned: Scanned): void {
    if ("row" in scanned) this.addRow(scanned.row);
    else if ("turn" in scanned) this.addTurn(scanned.turn);
    else if ("faults" in scanned) this.addFaults(scanned);
    else this.addUnassigned(scanned.unassigned);
  }

  finish({ format, compressed, pages, chosenSpeakers, speakers, ...facts }: FileFacts): FileReport {
    const [speaker = null, ...others] = chosenSpeakers;
    const listed = [...speakers.values()].sort((a, b) => b.turns - a.turns);
    return {
      ...this.report,
      format,
      compressed,
      pages,
      speaker: others.length > 0 ? null : speaker,
      speakers: listed.slice(0, this.limits.reportedSpeakers),
      dialogs: facts.dialogs,
      unassignedDialogs: facts.unassignedDialogs,
    };
  }

  private addRow(row: CanonicalRow): void {
    const { report } = this;
    report.rows += 1;
    report.usableRows += 1;
    report.rowKinds[kindOf(row)] += 1;
    this.addCharacters(charactersOf(row));
    if (!this.isDialog) warningsOfRow(row, this.warn);
    const hash = hashRow(row);
    const isRepeated = !this.hashes.add(hash);
    this.onRow?.({ row, hash, isRepeated });
    if (!isRepeated) return;
    report.duplicates += 1;
    this.warn(duplicateWarning(row));
  }

  private addTurn(turn: Turn): void {
    this.isDialog = true;
    warningsOfTurn(turn, this.name, this.warn);
  }

  private addUnassigned({
    turns,
    replies,
    characters,
  }: {
    turns: number;
    replies: number;
    characters: number;
  }) {
    this.report.rows += turns;
    this.report.usableRows += replies;
    this.report.rowKinds.messages += replies;
    this.addCharacters(characters);
  }

  private addCharacters(characters: number): void {
    this.report.characters += characters;
    this.report.longestCharacters = Math.max(this.report.longestCharacters, characters);
  }

  private addFaults({ faults, rows }: { faults: Fault[]; rows: number }): void {
    const { report } = this;
    report.rows += rows;
    report.faultCount += faults.length;
    report.faults.push(...faults.slice(0, this.limits.reportedFaults - report.faults.length));
  }

  private readonly warn = (warning: Fault): void => {
    const { report } = this;
    report.warningCount += 1;
    if (report.warnings.length < this.limits.reportedFaults) report.warnings.push(warning);
  };
}

const emptyReport = (): FileReport => ({
  format: null,
  compressed: null,
  rows: 0,
  usableRows: 0,
  faultCount: 0,
  faults: [],
  warningCount: 0,
  warnings: [],
  duplicates: 0,
  rowKinds: { messages: 0, text: 0, preference: 0, labelled: 0 },
  speaker: null,
  speakers: [],
  dialogs: 0,
  unassignedDialogs: 0,
  characters: 0,
  longestCharacters: 0,
  pages: null,
});

const kindOf = ({ text, rejected, label }: CanonicalRow): keyof FileReport["rowKinds"] => {
  if (text !== undefined) return "text";
  if (rejected) return "preference";
  return label === undefined ? "messages" : "labelled";
};

const charactersOf = ({ text, messages, rejected }: CanonicalRow): number => {
  let characters = text?.length ?? 0;
  if (messages) for (const { content } of messages) characters += content.length;
  if (rejected) for (const { content } of rejected) characters += content.length;
  return characters;
};
