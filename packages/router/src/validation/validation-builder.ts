import type { Fault, FileReport } from "@loraloom/dataset";
import type { StoredFile } from "@loraloom/store/files";
import type { Validation } from "./validation-schema.ts";

/** As many as a person reads at once; all are counted. */
const mostFaults = 100;
const mostFiles = 1_000;
const mostSpeakers = 100;

type Speaker = Validation["speakers"][number];
type Read = { file: StoredFile; report: FileReport };

/** Adds up the reports of many files. */
export class ValidationBuilder {
  private readonly speakers = new Map<string, Speaker>();
  private readonly sum = {
    files: 0,
    bytes: 0,
    rows: 0,
    usableRows: 0,
    rowKinds: { messages: 0, text: 0, preference: 0, labelled: 0 },
    duplicatesWithinFiles: 0,
    evaluationFiles: 0,
    faultCount: 0,
    faults: [] as Fault[],
    warningCount: 0,
    warnings: [] as Fault[],
    byFile: { count: 0, first: [] as Validation["byFile"]["first"][number][] },
  };

  readonly addFault = (fault: Fault): void => {
    this.sum.faultCount += 1;
    keep(this.sum.faults, [fault]);
  };

  readonly addWarning = (warning: Fault): void => {
    this.sum.warningCount += 1;
    keep(this.sum.warnings, [warning]);
  };

  addReport({ file, report }: Read): void {
    const { sum } = this;
    sum.faultCount += report.faultCount;
    keep(sum.faults, report.faults);
    sum.warningCount += report.warningCount;
    keep(sum.warnings, report.warnings);
    this.listFile({ file, report });
    if (file.kind === "evaluation_data") sum.evaluationFiles += 1;
    else this.addTraining({ file, report });
  }

  get totals() {
    const speakers = [...this.speakers.values()].sort((a, b) => b.turns - a.turns).slice(0, mostSpeakers);
    return { ...this.sum, speakers };
  }

  private addTraining({ file, report }: Read): void {
    const { sum } = this;
    sum.files += 1;
    sum.bytes += file.size;
    sum.rows += report.rows;
    sum.usableRows += report.usableRows;
    sum.duplicatesWithinFiles += report.duplicates;
    sum.rowKinds.messages += report.rowKinds.messages;
    sum.rowKinds.text += report.rowKinds.text;
    sum.rowKinds.preference += report.rowKinds.preference;
    sum.rowKinds.labelled += report.rowKinds.labelled;
    for (const speaker of report.speakers) this.addSpeaker(speaker);
  }

  private addSpeaker({ name, turns, replies, dialogs }: Speaker): void {
    const known = this.speakers.get(name) ?? { name, turns: 0, replies: 0, dialogs: 0 };
    known.turns += turns;
    known.replies += replies;
    known.dialogs += dialogs;
    this.speakers.set(name, known);
  }

  private listFile({ file: { name, kind }, report }: Read): void {
    const { byFile } = this.sum;
    byFile.count += 1;
    if (byFile.first.length === mostFiles) return;
    const { format, rows, usableRows, faultCount, warningCount } = report;
    byFile.first.push({ name, kind, format, rows, usableRows, faultCount, warningCount });
  }
}

const keep = (kept: Fault[], more: Fault[]): void => {
  kept.push(...more.slice(0, mostFaults - kept.length));
};
