import { sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { Answer } from "../gather.ts";
import { checkFileName, type FileScope, type Folder } from "../keys/index.ts";
import type { Database, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { visibleNames } from "./find-files.ts";
import { type FileName, filesNotFound, type StoredFile, visibleInGiven } from "./stored-file.ts";

/** One caller's file, under its name as it is stored. */
export type FileRead = { folder: Folder; name: string };

/** One file as readers see it. @throws LoraloomError `file_not_found`, `bad_file_name` */
export const getFile = async (
  store: Store,
  { userId, avatarId }: FileScope,
  { kind, name }: FileName,
): Promise<StoredFile> => {
  const folder = { userId, avatarId, kind };
  return store.fileReads(JSON.stringify([userId, avatarId, kind]), { folder, name: checkFileName(name) });
};

/** Reads files of one folder by one query; each call's own answer says whether its file is there. */
export const readFilesTogether = async (db: Database, reads: FileRead[]): Promise<Answer<StoredFile>[]> => {
  const [{ folder } = noRead()] = reads;
  const names = [...new Set(reads.map(({ name }) => name))];
  const rows =
    folder.avatarId === null
      ? await db.select().from(files).where(visibleNames(folder, names))
      : await filesOfAvatar(db).execute({ ...folder, names });
  const byName = new Map(rows.map((row) => [row.name, row]));
  return reads.map(
    ({ name }) =>
      () =>
        byName.get(name) ?? missing(folder, name),
  );
};

const filesOfAvatar = preparedQuery((db) =>
  db
    .select()
    .from(files)
    .where(sql`${visibleInGiven} and name = any(${sql.placeholder("names")}::text[])`)
    .prepare("files-of-avatar"),
);

const noRead = (): never => {
  throw new Error("There is no file to read.");
};

const missing = (folder: Folder, name: string): never => {
  throw filesNotFound(folder.kind, [name]);
};
