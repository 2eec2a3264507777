import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** A service that runs on this machine: its address and the file of its first key. */
export type RunningService = { url: string; keyFile: string };

/** What the launcher writes while it runs (`.data/runtime.json`). */
type Runtime = RunningService & { launcher: { pid: number } };

/**
 * The service that `npm start` runs in this folder or in one above it, or on LORALOOM_DATA_DIR;
 * `undefined` where none runs.
 */
export const findRunningService = async (
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<RunningService | undefined> => {
  const { LORALOOM_DATA_DIR } = environment;
  const dataFolders = LORALOOM_DATA_DIR ? [resolve(LORALOOM_DATA_DIR)] : dataFoldersAbove(folder);
  for (const dataFolder of dataFolders) {
    const runtime = await readRuntime(join(dataFolder, "runtime.json"));
    if (runtime && isAlive(runtime.launcher.pid)) {
      return { url: runtime.url, keyFile: resolve(dirname(dataFolder), runtime.keyFile) };
    }
  }
  return undefined;
};

const dataFoldersAbove = (folder: string): string[] => {
  const above = dirname(folder);
  return [join(folder, ".data"), ...(above === folder ? [] : dataFoldersAbove(above))];
};

const readRuntime = async (path: string): Promise<Runtime | undefined> => {
  try {
    if (!isOwn(await stat(path))) return undefined;
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return isRuntime(value) ? value : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/**
 * The launcher's file is its user's alone. One that came with somebody else's folder is not, and must not
 * say where this user's key is sent.
 */
const isOwn = ({ uid, mode }: { uid: number; mode: number }): boolean =>
  process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);

const isRuntime = (value: unknown): value is Runtime => {
  if (typeof value !== "object" || value === null) return false;
  const { url, keyFile, launcher } = value as Partial<Record<keyof Runtime, unknown>>;
  const hasPid = typeof launcher === "object" && launcher !== null && "pid" in launcher;
  return typeof url === "string" && typeof keyFile === "string" && hasPid && Number.isInteger(launcher.pid);
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "EACCES"].includes(String(error.code));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // Gone, or another user's by now: not the launcher that wrote the file.
    return false;
  }
};
