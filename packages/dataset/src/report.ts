import type { Fault } from "./faults.ts";
import { limits } from "./limits.ts";
import { scanFile, type TrainingFile } from "./scan.ts";

/** What is known about a file before anything is trained on it. */
export type FileReport = {
  /** null: no row of a known format was found. */
  format: "chat-jsonl" | null;
  rows: number;
  usableRows: number;
  faultCount: number;
  /** The first faults, in the file's order, up to `limits.reportedFaults`. */
  faults: Fault[];
};

/**
 * Reads a whole file once and reports every fault with its line, path and code.
 *
 * Never throws for what the file holds; an error of the stream itself passes through.
 */
export const inspectFile = async (file: TrainingFile): Promise<FileReport> => {
  const report: FileReport = {
    format: null,
    rows: 0,
    usableRows: 0,
    faultCount: 0,
    faults: [],
  };
  for await (const scanned of scanFile(file)) {
    if ("row" in scanned) {
      report.format = "chat-jsonl";
      report.rows += 1;
      report.usableRows += 1;
    } else {
      addFaults(report, scanned.faults);
    }
  }
  return report;
};

const addFaults = (report: FileReport, faults: Fault[]): void => {
  if (faults.some((fault) => fault.line !== null)) report.rows += 1;
  report.faultCount += faults.length;
  report.faults.push(...faults.slice(0, limits.reportedFaults - report.faults.length));
};
