import { execFile } from "node:child_process";
import { access, chown, mkdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { baseEnvironment } from "./base-environment.ts";
import { isErrno } from "./errno.ts";
import type { Command } from "./part.ts";
import { ownFolder, type PostgresUser, runAs } from "./postgres-user.ts";
import { sendSignal } from "./process-group.ts";
import { readStartTime } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

export const superuser = "loraloom";
/** It ends its sessions and writes what it holds. */
export const stopTimeoutMs = 20_000;

export type ClusterOptions = {
  /** Holds `data`, the cluster itself. */
  folder: string;
  postgresFolder: string;
  password: string;
  user: PostgresUser;
};

/** Makes the cluster where there is none yet, and clears what a killed server left in its way. */
export const prepareCluster = async (options: ClusterOptions): Promise<void> => {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await ownFolder(options.user, options.folder);
  const data = join(options.folder, "data");
  if (await exists(data)) await clearStaleServer(data);
  else await initialize(options, data);
};

const initialize = async (options: ClusterOptions, data: string): Promise<void> => {
  const { folder, postgresFolder, user } = options;
  const unfinished = join(folder, "data.unfinished");
  const passwordFile = join(folder, "password");
  await rm(unfinished, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (user.kind === "unprivileged") await chown(passwordFile, user.uid, user.gid);
  const args = ["-D", unfinished, "-U", superuser, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  args.push("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions");
  try {
    await runCommand(
      runAs(user, { file: join(postgresFolder, "initdb"), args, cwd: folder, env: baseEnvironment() }),
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  // The name counts only once everything is there: a start that was killed begins anew.
  await rename(unfinished, data);
};

const runCommand = ({ file, args, ...options }: Command) => promisify(execFile)(file, args, options);

/**
 * Postgres doesn't start while `postmaster.pid` names a living process, whichever that is. An unrecorded
 * server on this cluster is ended; a number that now belongs to somebody else is forgotten.
 */
const clearStaleServer = async (data: string): Promise<void> => {
  const pidFile = join(data, "postmaster.pid");
  const pid = await readPid(pidFile);
  if (pid === null) return;
  if (await isServerOf(data, pid)) {
    sendSignal(pid, "SIGINT");
    await waitUntil(async () => (await readStartTime(pid)) === null, stopTimeoutMs);
  }
  await rm(pidFile, { force: true });
};

const readPid = async (pidFile: string): Promise<number | null> => {
  try {
    return Number.parseInt(await readFile(pidFile, "utf8"), 10);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return null;
    throw error;
  }
};

/** A server's working directory is its cluster; systems without /proc tell by the program's name. */
const isServerOf = async (data: string, pid: number): Promise<boolean> => {
  if ((await readStartTime(pid)) === null) return false;
  if (process.platform === "linux") return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === data;
  const { stdout } = await promisify(execFile)("ps", ["-o", "comm=", "-p", String(pid)]);
  return stdout.trim().endsWith("postgres");
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
