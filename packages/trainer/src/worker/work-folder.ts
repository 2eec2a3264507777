import { mkdir, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Logger } from "@loraloom/store";
import { decodeTime } from "ulid";

/** A worker's own folder below the configured one; it goes with the worker. */
export type WorkFolder = AsyncDisposable & { path: string };

/**
 * Makes the folder, and removes those that killed workers of this machine left behind. The owner stands in
 * the folder's name: an engine that outlives its worker for a moment may write there once more.
 */
export const openWorkFolder = async (
  root: string,
  { id, log }: { id: string; log: Logger },
): Promise<WorkFolder> => {
  await mkdir(root, { recursive: true });
  await removeOrphans(root, log);
  const path = join(root, `worker-${hostname()}-${process.pid}-${id}`);
  await mkdir(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

const removeOrphans = async (root: string, log: Logger): Promise<void> => {
  const orphans = (await readdir(root)).filter(isOrphan);
  for (const name of orphans) {
    log.info({ path: join(root, name) }, "removing what a killed worker left");
    await rm(join(root, name), { recursive: true, force: true });
  }
};

const folderName = /^worker-(?<host>.+)-(?<pid>\d+)-(?<id>[0-7][0-9A-HJKMNP-TV-Z]{25})$/;

/** A folder of another name is not a worker's, and one of another machine may be in use: both are left alone. */
const isOrphan = (name: string): boolean => {
  const { host, pid, id } = folderName.exec(name)?.groups ?? {};
  if (host !== hostname() || id === undefined) return false;
  return Number(pid) === process.pid ? isOlderThanProcess(id) : !isAlive(Number(pid));
};

/** A container that is started again has the same name, and its worker the same number. */
const isOlderThanProcess = (id: string): boolean => decodeTime(id) < Date.now() - process.uptime() * 1000;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};
