import { randomBytes } from "node:crypto";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file with one new master key, in a folder of its own. */
export const createMasterKeyFile = async (): Promise<AsyncDisposable & { path: string }> => {
  const folder = await mkdtempDisposable(join(tmpdir(), "loraloom-master-key-"));
  const path = join(folder.path, "master-key");
  await writeFile(path, `${newMasterKey()}\n`, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => folder.remove() };
};

/** A line of such a file. */
export const newMasterKey = (): string => randomBytes(32).toString("base64");
