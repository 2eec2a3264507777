import { mkdir, readdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { dataFolder } from "./data-folder.ts";
import { isErrno } from "./errno.ts";
import { readStartTime } from "./process-identity.ts";

const logName = /^worker-(?<pid>\d+)\.log$/;

/**
 * The log of one more worker. It goes on with that of one that has ended, if there is any: so there are never more
 * logs than there were workers at once.
 *
 * @returns the log's path; the file may not be there yet
 */
export const workerLog = async (dataDir: string): Promise<string> => {
  const path = dataFolder(dataDir).logFile(`worker-${process.pid}`);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name === basename(path)) return path;
    if ((await isOfEnded(name)) && (await takeOver(join(folder, name), path))) return path;
  }
  return path;
};

const isOfEnded = async (name: string): Promise<boolean> => {
  const pid = logName.exec(name)?.groups?.pid;
  return pid !== undefined && (await readStartTime(Number(pid))) === null;
};

/** Whether it could be had: another worker that starts now may have been faster. */
const takeOver = async (from: string, to: string): Promise<boolean> => {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
};
