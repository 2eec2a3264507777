/** Reports of files that could not be read at all. */
import type { ErrorCode } from "@loraloom/errors";
import type { FileReport } from "../tables/index.ts";
import { emptyReport } from "./empty-report.ts";

type Named = { name: string };

const faultReport = ({ name }: Named, code: ErrorCode, message: string): FileReport => ({
  ...emptyReport,
  faultCount: 1,
  faults: [{ name, line: null, path: null, code, message }],
});

export const crashedReport = (file: Named, times: number): FileReport =>
  faultReport(file, "inspection_failed", `The inspection of '${file.name}' crashed ${times} times.`);

export const vanishedReport = (file: Named): FileReport =>
  faultReport(
    file,
    "dataset_changed",
    `The object of '${file.name}' was changed or removed by another tool.`,
  );

/** Whether a report says that the file's object is not there. */
export const isVanished = (report: FileReport | null): boolean =>
  report?.faults.some(({ code }) => code === ("dataset_changed" satisfies ErrorCode)) ?? false;
