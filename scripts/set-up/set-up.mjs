import { root, setUpLock } from "../paths.mjs";
import { baseModel } from "./base-model.mjs";
import { checkDisk } from "./check-disk.mjs";
import { checkNode } from "./check-node.mjs";
import { withLock } from "./lock.mjs";
import { nodeModules } from "./node-modules.mjs";
import { showProgress } from "./progress.mjs";
import { pythonEnvironment } from "./python-environment.mjs";

const interrupts = ["SIGINT", "SIGTERM", "SIGHUP"];
const exitCodeOfInterrupt = 130;

/** In the order in which they build on each other. Each: name, isDone(), run(), diskBytes, expected duration. */
const steps = {
  "node-modules": nodeModules,
  "python-environment": pythonEnvironment,
  "base-model": baseModel,
};

/**
 * Does what is not done yet of the named steps. A second call finds everything stamped and returns at once.
 *
 * @throws SetUpError with a remedy
 */
export const setUp = async (names) => {
  checkNode(process.versions.node);
  const wanted = names.map((name) => steps[name]);
  if ((await findOpen(wanted)).length === 0) return;
  // Ending by exit() lets the programs that set-up started be ended too; the lock of a dead process is void.
  const interrupt = () => process.exit(exitCodeOfInterrupt);
  for (const signal of interrupts) process.on(signal, interrupt);
  await withLock(setUpLock, () => runOpen(wanted));
  for (const signal of interrupts) process.off(signal, interrupt);
};

const runOpen = async (wanted) => {
  // Asked again: another set-up may have done it while we waited for the lock.
  const open = await findOpen(wanted);
  await checkDisk(root, sum(open.map((step) => step.diskBytes)));
  for (const step of open) await showProgress(step, () => step.run());
};

const findOpen = async (wanted) => {
  const done = await Promise.all(wanted.map((step) => step.isDone()));
  return wanted.filter((_, index) => !done[index]);
};

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
