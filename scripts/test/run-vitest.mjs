import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inRoot } from "../paths.mjs";
import { spawnHere } from "../spawn-job.mjs";

const vitest = inRoot("node_modules", "vitest", "vitest.mjs");

/** Runs vitest with its usual output; resolves to `{ passed, failed }`. */
export const runVitest = async (filters, folder) => {
  const output = join(folder, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const exitCode = await spawnHere(process.execPath, [vitest, "run", ...reporters, ...filters]);
  return countVitest(await readReport(output), exitCode);
};

/**
 * A file that doesn't load has no tests to count, and an error outside of tests belongs to none: each counts
 * as one failure, as does a vitest that never came to report.
 *
 * @param report vitest's JSON report, or null when it wrote none
 */
export const countVitest = (report, exitCode) => {
  if (!report) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(({ status, assertionResults }) => {
    return status === "failed" && !assertionResults.some((result) => result.status === "failed");
  });
  const failed = report.numFailedTests + brokenFiles.length;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
};

const readReport = async (path) => {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};
