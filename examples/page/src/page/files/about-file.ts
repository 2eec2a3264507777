import type { StoredFile } from "@loraloom/client";
import { count, counted, size } from "../parts/figures.ts";

/** Whether nothing about the file is still being found out. */
export const isSettled = ({ state, report }: StoredFile): boolean =>
  state === "ready" && (!report || report.usableRows === 0 || report.tokens !== null);

/** @example summaryOf(file) // 48 rows, 3,210 tokens, prompt completion csv, 12 kB */
export const summaryOf = (file: StoredFile): string => {
  const { report } = file;
  if (!report) return `is being read, ${size(file.size)}`;
  return [
    counted(report.rows, "row"),
    ...(report.tokens ? [counted(report.tokens.total, "token")] : []),
    ...(report.format ? [report.format.replaceAll(/[-_]/g, " ")] : []),
    ...(report.compressed ? [report.compressed] : []),
    size(file.size),
    ...(report.faultCount > 0 ? [counted(report.faultCount, "fault")] : []),
    ...(report.warningCount > 0 ? [counted(report.warningCount, "warning")] : []),
  ].join(", ");
};

/** How many there are beyond those that are listed. */
export const furtherOf = (total: number, listed: number, thing: string): string | null =>
  total > listed ? `and ${count(total - listed)} more ${thing}s` : null;
