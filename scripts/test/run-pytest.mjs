import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFolder, python } from "../paths.mjs";
import { spawnHere } from "../spawn-job.mjs";

const tests = join(engineFolder, "tests");
/** They take about as long as all other tests. */
const oneHalf = ["proofs", "test_engine.py", "test_tokenizing.py"].map((name) => join(tests, name));

/**
 * Runs pytest over the engine; resolves to `{ passed, failed }`. Its tests have one thread each, so that two halves of
 * them run side by side; what the other one prints stands after the first one's usual output.
 */
export const runPytest = async (folder) => {
  const otherOutput = join(folder, "pytest.txt");
  await using file = await open(otherOutput, "w");
  const others = [tests, ...oneHalf.map((path) => `--ignore=${path}`)];
  const results = await Promise.all([
    runHalf(oneHalf, join(folder, "one.xml")),
    runHalf(others, join(folder, "other.xml"), ["ignore", file.fd, file.fd]),
  ]);
  process.stdout.write(await readFile(otherOutput));
  const sum = (name) => results.reduce((total, result) => total + result[name], 0);
  return { passed: sum("passed"), failed: sum("failed") };
};

const runHalf = async (wanted, report, stdio) => {
  const args = ["-m", "pytest", ...wanted, `--junitxml=${report}`];
  const exitCode = await spawnHere(python, args, { env: { PYTHONPATH: engineFolder }, stdio });
  return countPytest(await readReport(report), exitCode);
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
