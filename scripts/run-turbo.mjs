/** `node scripts/run-turbo.mjs <task>`: a task of every package that has it, cached by turbo. */
import { pnpm } from "./paths.mjs";
import { spawnHere } from "./spawn-job.mjs";

// The root's own script of that name is the one that called us.
const turboOptions = ["--filter=!//"];

/** turbo calls pnpm for each package; npx brings the pinned one into the path. */
export const runTurbo = (task) =>
  spawnHere(pnpm.file, [...pnpm.args, "exec", "turbo", "run", task, ...turboOptions], {
    env: { TURBO_TELEMETRY_DISABLED: "1" },
  });

if (process.argv[1] === import.meta.filename) process.exitCode = await runTurbo(process.argv[2]);
