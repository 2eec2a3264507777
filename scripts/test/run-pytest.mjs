import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFolder, python } from "../paths.mjs";
import { spawnHere } from "../spawn-job.mjs";

/** Runs pytest over the engine with its usual output; resolves to `{ passed, failed }`. */
export const runPytest = async (folder) => {
  const output = join(folder, "pytest.xml");
  const args = ["-m", "pytest", engineFolder, `--junitxml=${output}`];
  const exitCode = await spawnHere(python, args, { PYTHONPATH: engineFolder });
  return countPytest(await readReport(output), exitCode);
};

/**
 * @param report JUnit XML as pytest writes it, or null when it wrote none
 * @param exitCode not 0 without a counted failure (nothing collected, interrupted) is one failure
 */
export const countPytest = (report, exitCode) => {
  if (!report) return { passed: 0, failed: 1 };
  const suite = report.match(/<testsuite [^>]*>/)?.[0] ?? "";
  const count = (name) => Number(suite.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const passed = Math.max(0, count("tests") - failed - count("skipped"));
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
};

const readReport = async (path) => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};
