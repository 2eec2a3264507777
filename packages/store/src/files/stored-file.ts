import { and, eq, ne, type SQL } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { fileKey } from "../keys/index.ts";
import { getObject, type ObjectContent } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { type FileKind, files } from "../tables/index.ts";
import { ofAvatar } from "./of-avatar.ts";

export type StoredFile = typeof files.$inferSelect;
/** A file by its name. */
export type FileName = { kind: FileKind; name: string };

/** What readers see: a file being deleted is not there any more. */
export const visibleIn = (scope: AvatarScope, kind: FileKind): SQL | undefined =>
  and(ofAvatar(files, scope), eq(files.kind, kind), ne(files.state, "deleting"));

/** The lock that every change of a file's final object holds. */
export const nameLock = (scope: AvatarScope, { kind, name }: FileName): string =>
  `file:${fileKey(scope, kind, name)}`;

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
