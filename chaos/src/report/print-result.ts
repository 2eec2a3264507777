import type { Violation } from "../invariants/violation.ts";
import type { ChaosResult } from "../run-chaos.ts";
import { baseModel, basePath } from "../service/start-service.ts";
import type { Counts } from "./counts.ts";

/** The table of counts, then each violation with where to look. */
export const resultText = ({ counts, violations, folder, ...result }: ChaosResult): string =>
  [
    "",
    ...counts.flatMap(countLines),
    ...violations.flatMap(violationLines),
    violations.length === 0 ? "Every invariant held." : keptLines(violations, folder),
    `To repeat the schedule: --seed ${result.seed} and the same length (${result.schedule}).`,
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
  `This starts a service on them, with Postgres and the store on their ports and passwords of before:\n` +
  `LORALOOM_DATA_DIR='${folder}' LORALOOM_BASE_MODEL=${baseModel} LORALOOM_BASE_PATH='${basePath(folder)}' npm start`;
