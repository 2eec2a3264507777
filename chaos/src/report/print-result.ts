import type { Violation } from "../invariants/violation.ts";
import type { ChaosResult } from "../run-chaos.ts";
import type { Counts } from "./counts.ts";

/** The table of counts, then each violation with where to look. */
export const resultText = ({ counts, violations, folder, ...result }: ChaosResult): string =>
  [
    "",
    ...counts.flatMap(countLines),
    ...violations.flatMap(violationLines),
    violations.length === 0 ? "Every invariant held." : keptLines(violations, folder),
    `To repeat the schedule: seed ${result.seed} (${result.schedule}).`,
  ].join("\n");

const countLines = ({ title, rows }: Counts[number]): string[] => [
  title,
  ...rows.map(([what, count]) => `${String(count).padStart(8)}  ${what}`),
  "",
];

const violationLines = ({ invariant, subject, message, look }: Violation): string[] => [
  `VIOLATED: ${invariant}`,
  `  ${subject}: ${message}`,
  `  look at: ${look}`,
  "",
];

const keptLines = ({ length }: Violation[], folder: string): string =>
  `${length} violations. The data, the logs and what the users were told are in '${folder}';\n` +
  `LORALOOM_DATA_DIR='${folder}' npm start runs the service on it, on the same ports.`;
