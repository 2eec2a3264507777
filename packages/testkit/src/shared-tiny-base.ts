import { access, mkdir, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { testServices } from "./services.ts";
import { makeTinyBase, readyBaseVariable } from "./tiny-base.ts";

const pollMs = 100;

/**
 * The folder of a tiny base model that all tests of a run share, for reading only; the first that asks makes it,
 * which takes as long as importing torch does, and the others wait for it.
 */
export const sharedTinyBase = async (): Promise<string> => {
  const path = join(testServices().folder, "tiny-base");
  for (; !(await exists(path)); await sleep(pollMs)) {
    await using turn = await takeTurn(`${path}.being-made`);
    if (turn && !(await exists(path))) await make(path);
  }
  return path;
};

/** The environment of a program that makes a tiny base for itself, with the shared one in its place. */
export const withSharedTinyBase = async (): Promise<NodeJS.ProcessEnv> => ({
  ...process.env,
  [readyBaseVariable]: await sharedTinyBase(),
});

/** `undefined`: somebody else makes it. */
const takeTurn = async (folder: string): Promise<AsyncDisposable | undefined> => {
  try {
    await mkdir(folder);
    return { [Symbol.asyncDispose]: () => rmdir(folder) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
    throw error;
  }
};

const make = async (path: string): Promise<void> => {
  await using made = await makeTinyBase();
  await rename(made.path, path);
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
