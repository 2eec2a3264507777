/**
 * `npm run <job>`: sets everything up that the job needs, then starts it on the Node of node_modules.
 * Runs on the user's own Node before anything is installed, so this folder uses nothing but Node itself.
 */
import { jobs } from "./jobs.mjs";
import { reportFailure } from "./set-up/report-failure.mjs";
import { setUp } from "./set-up/set-up.mjs";
import { spawnJob } from "./spawn-job.mjs";

const main = async () => {
  const [name, ...args] = process.argv.slice(2);
  const job = jobs[name];
  if (!job) {
    console.error(`Unknown job '${name}'. There are: ${Object.keys(jobs).join(", ")}.`);
    return 1;
  }
  await setUp(job.needs);
  if (!job.file) return 0;
  return spawnJob(job.file, [...job.args, ...args]);
};

main().then(
  (exitCode) => process.exit(exitCode),
  (error) => process.exit(reportFailure(error)),
);
