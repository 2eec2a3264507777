/**
 * `npm run test:engine-grid`: the engine's proofs on every cell of the grid, minutes instead of the seconds
 * that `npm test` takes for its cover. Arguments go to pytest.
 */
import { join } from "node:path";
import { engineFolder, python } from "../paths.mjs";
import { spawnHere } from "../spawn-job.mjs";

const proofs = join(engineFolder, "tests", "proofs");
const args = ["-m", "pytest", proofs, "--whole-grid", "--durations=5", ...process.argv.slice(2)];

process.exitCode = await spawnHere(python, args, { env: { PYTHONPATH: engineFolder } });
