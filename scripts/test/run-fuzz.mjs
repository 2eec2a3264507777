/**
 * `npm run fuzz -- [--cases N] [--seed N]`: any input to any procedure, and any request over HTTP; 10,000 inputs
 * and a fifth as many requests unless told otherwise. A failure names its seed.
 */
import { parseArgs } from "node:util";
import { inRoot } from "../paths.mjs";
import { spawnJob } from "../spawn-job.mjs";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "10000" }, seed: { type: "string" } },
});
const vitest = inRoot("node_modules", "vitest", "vitest.mjs");
const tests = ["packages/router/src/fuzz.test.ts", "packages/host/src/fuzz.test.ts"];
process.env.FUZZ_CASES = values.cases;
if (values.seed) process.env.FUZZ_SEED = values.seed;

process.exitCode = await spawnJob(vitest, ["run", ...tests]);
