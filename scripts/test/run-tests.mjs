/**
 * `npm test [-- filters]`: vitest over all packages, then pytest over the engine; the last line is the sum.
 * Filters name files for vitest; with them pytest is left out.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPytest } from "./run-pytest.mjs";
import { runVitest } from "./run-vitest.mjs";

const main = async () => {
  const filters = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), "loraloom-results-"));
  try {
    const results = [await runVitest(filters, folder)];
    if (filters.length === 0) results.push(await runPytest(folder));
    return report(results);
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
