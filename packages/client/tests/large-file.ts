import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const mebibyte = 1024 * 1024;

export type LargeFile = AsyncDisposable & { path: string; name: string; size: number; sha256: string };

/** A file of training rows whose every line has other letters. */
export const writeLargeFile = async (name: string, mebibytes: number): Promise<LargeFile> => {
  const folder = await mkdtemp(join(tmpdir(), "loraloom-large-"));
  const path = join(folder, name);
  const hash = createHash("sha256");
  await using file = await open(path, "w");
  for (let written = 0; written < mebibytes; written++) {
    const bytes = rows(mebibyte);
    hash.update(bytes);
    await file.write(bytes);
  }
  return {
    path,
    name,
    size: mebibytes * mebibyte,
    sha256: hash.digest("hex"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

/** Whole lines of 64 KiB, whose content no compression helps with. */
const rows = (bytes: number): Buffer => {
  const line = 64 * 1024;
  const head = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"';
  const tail = '"}]}\n';
  const letters = line - head.length - tail.length;
  const lines = Array.from(
    { length: bytes / line },
    () => head + randomBytes(letters).toString("base64").slice(0, letters) + tail,
  );
  return Buffer.from(lines.join(""));
};
