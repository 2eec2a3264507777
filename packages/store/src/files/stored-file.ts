import { LoraloomError } from "@loraloom/errors";
import { and, ne, type SQL, sql } from "drizzle-orm";
import { type FileKind, type FileScope, type Folder, fileKey } from "../keys/index.ts";
import { getObject, type ObjectContent } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { ofFolder, ofGivenFolder } from "./in-folder.ts";

export type StoredFile = typeof files.$inferSelect;
/** A file by its name. */
export type FileName = { kind: FileKind; name: string };

/** Enough to see what went wrong. */
const shownNames = 20;

/** What readers see: a file being deleted is not there any more. */
export const visibleIn = (folder: Folder): SQL | undefined =>
  and(ofFolder(files, folder), ne(files.state, "deleting"));

/** The same in a prepared statement, which is given a folder of an avatar. */
export const visibleInGiven: SQL = sql`${ofGivenFolder} and state <> 'deleting'`;

/** The lock that every change of a file's final object holds. */
export const nameLock = (scope: FileScope, { kind, name }: FileName): string =>
  `file:${fileKey(scope, kind, name)}`;

export const filesNotFound = (kind: FileKind, missing: string[]): LoraloomError => {
  const names = missing.slice(0, shownNames);
  const rest = missing.length > shownNames ? ` and ${missing.length - shownNames} more` : "";
  return new LoraloomError(
    "file_not_found",
    `There is no file ${names.map((name) => `'${name}'`).join(", ")}${rest} in '${kind}'.`,
    { details: { kind, names, missing: missing.length } },
  );
};

/**
 * The bytes that a row describes, or `undefined` where they are gone or were replaced.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const readFileObject = (
  store: Pick<Store, "objects">,
  file: Pick<StoredFile, "userId" | "avatarId" | "kind" | "name" | "etag">,
): Promise<ObjectContent | undefined> =>
  getObject(store.objects, { key: fileKey(file, file.kind, file.name), ifMatch: file.etag });
