/** `npm run check`: types, Biome and ruff. All of them run, so that one call shows every fault. */
import { join } from "node:path";
import { checkTypes } from "./check-types.mjs";
import { engineFolder, inRoot, python } from "./paths.mjs";
import { spawnHere } from "./spawn-job.mjs";

const style = ["--config", join(engineFolder, "pyproject.toml")];
const ruff = (...args) => spawnHere(python, ["-m", "ruff", ...args, ...style, engineFolder, inRoot("bench")]);

const checks = [
  ["types", async () => (await checkTypes()).failed],
  ["Biome", () => spawnHere(inRoot("node_modules", ".bin", "biome"), ["check", "."])],
  ["ruff check", () => ruff("check")],
  ["ruff format", () => ruff("format", "--check")],
];

const failed = [];
for (const [name, run] of checks) {
  console.log(`\n${name}`);
  if ((await run()) !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
