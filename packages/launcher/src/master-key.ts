import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const remark = "# Seals the secrets of users. Keep a copy elsewhere: without it they can't be read again.";

/**
 * Makes the file of master keys, which only its owner reads, where there is none. Only who holds the data folder's lock
 * may do so.
 *
 * @returns its path
 */
export const provideMasterKey = (path: string): string => {
  if (existsSync(path)) return path;
  const draft = `${path}.${process.pid}`;
  const key = randomBytes(32).toString("base64");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, `${remark}\n${key}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
  return path;
};
