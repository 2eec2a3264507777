import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { UploadSource } from "@loraloom/client";
import { UsageError } from "../failures/cli-error.ts";

/** Something to upload; `size` is null where only its end tells, as with stdin. */
export type LocalFile = { path: string; source: UploadSource; name: string; size: number | null };

/** How stdin is written, as in most tools. */
const stdinPath = "-";

/**
 * The files of paths; a folder stands for all files in it and below it, except hidden ones.
 *
 * @throws UsageError when a path is not there, or two files would get one name
 */
export const findFiles = async (paths: string[], name: string | undefined): Promise<LocalFile[]> => {
  const found: LocalFile[] = [];
  for (const path of paths) found.push(...(path === stdinPath ? [stdin(name)] : await filesAt(path)));
  const unique = withoutRepeated(found);
  const files = name === undefined ? unique : named(unique, name);
  refuseSameNames(files);
  return files;
};

/** A folder and a file in it may both be named. */
const withoutRepeated = (files: LocalFile[]): LocalFile[] => [
  ...new Map(files.map((file) => [file.path === stdinPath ? stdinPath : resolve(file.path), file])).values(),
];

const stdin = (name: string | undefined): LocalFile => {
  if (name !== undefined) return { path: stdinPath, source: process.stdin, name, size: null };
  throw new UsageError("What comes from stdin needs a name.", { remedy: "Give --name." });
};

const filesAt = async (path: string): Promise<LocalFile[]> => {
  const entry = await statPath(path);
  if (!entry.isDirectory()) return [{ path, source: path, name: basename(path), size: entry.size }];
  const files = await filesBelow(path);
  if (files.length > 0) return files;
  throw new UsageError(`The folder '${path}' holds no files.`);
};

const filesBelow = async (folder: string): Promise<LocalFile[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries.filter(({ name }) => !name.startsWith(".")).sort(byName);
  const files = await Promise.all(
    shown.map((entry): Promise<LocalFile[]> => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : filesLinkedAt(path);
    }),
  );
  return files.flat();
};

/** A link to a folder is left out: it could lead around in a circle. */
const filesLinkedAt = async (path: string): Promise<LocalFile[]> => {
  const entry = await statPath(path);
  return entry.isFile() ? [{ path, source: path, name: basename(path), size: entry.size }] : [];
};

const byName = (left: Dirent, right: Dirent): number => (left.name < right.name ? -1 : 1);

const statPath = async (path: string) => {
  try {
    return await stat(path);
  } catch (cause) {
    if (isMissing(cause))
      throw new UsageError(`There is no '${path}'.`, { remedy: "Check the path.", cause });
    throw new UsageError(`'${path}' can't be read.`, { remedy: "Check who may read it.", cause });
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

const named = (files: LocalFile[], name: string): LocalFile[] => {
  if (files.length === 1) return files.map((file) => ({ ...file, name }));
  throw new UsageError(`--name is for one file, and these are ${files.length}.`);
};

/** Names lie in one folder of the service: the second file would silently replace the first one. */
const refuseSameNames = (files: LocalFile[]): void => {
  const paths = new Map<string, string>();
  for (const { name, path } of files) {
    const other = paths.get(name.normalize("NFC"));
    if (other !== undefined) {
      throw new UsageError(`'${other}' and '${path}' would both be stored as '${name}'.`, {
        remedy: "Rename one of them, or upload it by itself with --name.",
      });
    }
    paths.set(name.normalize("NFC"), path);
  }
};
