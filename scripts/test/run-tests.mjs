/**
 * `npm test [-- filters]`: the types of everything, which no test looks at, then vitest over all packages and, beside it,
 * pytest over the engine; the last line is the sum. Many of vitest's tests wait for something, which pytest's never do.
 * Filters name files for vitest; with them all else is left out.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkTypes } from "../check-types.mjs";
import { runPytest } from "./run-pytest.mjs";
import { runVitest } from "./run-vitest.mjs";

const main = async () => {
  const filters = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), "loraloom-results-"));
  try {
    if (filters.length > 0) return report([await runVitest(filters, folder)]);
    const types = await checkTypes();
    const [vitest, pytest] = await Promise.all([runVitest([], folder), runPytest(folder)]);
    process.stdout.write(pytest.output);
    return report([types, vitest, pytest]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const report = (results) => {
  const passed = sum(results.map((result) => result.passed));
  const failed = sum(results.map((result) => result.failed));
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
};

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

process.exitCode = await main();
