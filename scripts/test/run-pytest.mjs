import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFolder, python } from "../paths.mjs";
import { spawnHere } from "../spawn-job.mjs";

const tests = join(engineFolder, "tests");

/** Runs pytest over the engine with its output in a file; resolves to `{ passed, failed, output }`. */
export const runPytest = async (folder) => {
  const [report, printed] = [join(folder, "pytest.xml"), join(folder, "pytest.txt")];
  await using file = await open(printed, "w");
  const args = ["-m", "pytest", tests, `--junitxml=${report}`];
  const options = { env: { PYTHONPATH: engineFolder }, stdio: ["ignore", file.fd, file.fd] };
  const exitCode = await spawnHere(python, args, options);
  return { ...countPytest(await readReport(report), exitCode), output: await readFile(printed, "utf8") };
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
