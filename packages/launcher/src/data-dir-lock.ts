import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LoraloomError } from "@loraloom/errors";
import { isErrno } from "./errno.ts";
import { readPrivateJson, writePrivateJson } from "./private-json.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

type Owner = ProcessIdentity & { since: string };

/**
 * Makes this process the only launcher of a data folder.
 *
 * The highest number in the folder is the owner. One that died or released it is succeeded by linking the next
 * number, which only one process can do; a number that came back, after a file was removed, would let two
 * believe that they own the folder.
 *
 * @throws LoraloomError `data_dir_in_use` at once when another one lives; names its pid and since when
 */
export const lockDataDir = async (dataDir: string, lockFolder: string): Promise<Disposable> => {
  mkdirSync(lockFolder, { recursive: true });
  const self: Owner = { ...(await identify(process.pid)), since: new Date().toISOString() };
  for (;;) {
    const last = lastNumber(lockFolder);
    const owner = last === 0 ? null : readPrivateJson<Owner>(join(lockFolder, String(last)));
    if (owner && (await isAlive(owner))) throw inUse(dataDir, owner);
    if (claim(lockFolder, last + 1, self)) return release(lockFolder, last + 1);
  }
};

const lastNumber = (lockFolder: string): number =>
  Math.max(0, ...readdirSync(lockFolder).map(Number).filter(Number.isInteger));

const claim = (lockFolder: string, number: number, self: Owner): boolean => {
  const draft = join(lockFolder, `draft-${self.pid}`);
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    linkSync(draft, join(lockFolder, String(number)));
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return isLast(lockFolder, number);
};

/** Somebody who saw an even later owner end may have taken the lead meanwhile. */
const isLast = (lockFolder: string, number: number): boolean => {
  const isOurs = lastNumber(lockFolder) === number;
  if (!isOurs) rmSync(join(lockFolder, String(number)), { force: true });
  else for (const older of olderNumbers(lockFolder, number)) rmSync(join(lockFolder, older), { force: true });
  return isOurs;
};

const olderNumbers = (lockFolder: string, number: number): string[] =>
  readdirSync(lockFolder).filter((name) => Number(name) < number);

const release = (lockFolder: string, number: number): Disposable => ({
  [Symbol.dispose]: () => writePrivateJson(join(lockFolder, String(number)), null),
});

const inUse = (dataDir: string, { pid, since }: Owner): LoraloomError =>
  new LoraloomError("data_dir_in_use", `'${dataDir}' is in use by process ${pid} since ${since}.`, {
    details: { dataDir, pid, since },
  });
