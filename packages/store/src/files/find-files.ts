import { LoraloomError } from "@loraloom/errors";
import { and, type SQL, sql } from "drizzle-orm";
import { checkFileName, type Folder } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { files } from "../tables/index.ts";
import { filesNotFound, type StoredFile, visibleIn } from "./stored-file.ts";

const maxNames = 10_000;

/** 1 to 10,000 names as they are stored, each once. @throws LoraloomError `bad_file_name`, `bad_input` */
export const checkNames = (names: string[]): string[] => {
  if (names.length >= 1 && names.length <= maxNames) return [...new Set(names.map(checkFileName))];
  throw new LoraloomError("bad_input", `${names.length} names at once; 1 to ${maxNames} can be given.`);
};

/** The rows of any number of names that readers see. */
export const visibleNames = (folder: Folder, names: string[]): SQL | undefined =>
  and(visibleIn(folder), sql`${files.name} = any(${sql.param(names)})`);

/** The files of the given names, in the order of their names. @throws LoraloomError `file_not_found` naming the missing ones */
export const findFiles = async (db: Executor, folder: Folder, names: string[]): Promise<StoredFile[]> => {
  const found = await db.select().from(files).where(visibleNames(folder, names)).orderBy(files.name);
  requireAll(folder, names, found);
  return found;
};

/** @throws LoraloomError `file_not_found` naming those that were not found */
export const requireAll = (folder: Folder, names: string[], found: { name: string }[]): void => {
  const missing = missingOf(names, found);
  if (missing.length > 0) throw filesNotFound(folder.kind, missing);
};

export const missingOf = (names: string[], found: { name: string }[]): string[] => {
  const known = new Set(found.map((file) => file.name));
  return names.filter((name) => !known.has(name));
};
