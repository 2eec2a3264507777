import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Logger } from "@loraloom/store";
import { z } from "zod";

const ownerFile = "owner.json";
const ownerSchema = z.object({ host: z.string(), pid: z.int().positive() });

/** A worker's own folder below the configured one; it goes with the worker. */
export type WorkFolder = AsyncDisposable & { path: string };

/** Makes the folder, and removes those that killed workers of this machine left behind. */
export const openWorkFolder = async (
  root: string,
  { id, log }: { id: string; log: Logger },
): Promise<WorkFolder> => {
  await mkdir(root, { recursive: true });
  await removeOrphans(root, log);
  const path = join(root, id);
  await mkdir(path);
  await writeFile(join(path, ownerFile), JSON.stringify({ host: hostname(), pid: process.pid }));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

const removeOrphans = async (root: string, log: Logger): Promise<void> => {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!(await isOrphan(path))) continue;
    log.info({ path }, "removing what a killed worker left");
    await rm(path, { recursive: true, force: true });
  }
};

const isOrphan = async (path: string): Promise<boolean> => {
  const owner = await readOwner(path);
  return owner !== undefined && owner.host === hostname() && !isAlive(owner.pid);
};

/** Undefined for a folder that is not a worker's: it is left alone. */
const readOwner = async (path: string): Promise<z.infer<typeof ownerSchema> | undefined> => {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(join(path, ownerFile), "utf8")));
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};
