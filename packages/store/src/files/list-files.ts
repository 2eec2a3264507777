import { and, eq, type SQL, sql } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import type { FileKind, FileScope } from "../keys/index.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Database, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { afterCursor, cursorOf, type FileOrder, orderOf, sortedBy } from "./list-cursor.ts";
import { type StoredFile, visibleIn, visibleInGiven } from "./stored-file.ts";

export type FileFilter = "all" | "used" | "unused";
export type ListFilesInput = PageRequest &
  Partial<FileOrder> & {
    kind: FileKind;
    filter: FileFilter;
    prefix?: string | undefined;
  };

const selectFiles = (db: Pick<Database, "select">, order: FileOrder, wanted: SQL | undefined) =>
  db
    .select({ file: files, sorted: sortedBy(order) })
    .from(files)
    .where(wanted)
    .orderBy(...orderOf(order));

/** Of an avatar's folder, by their names. */
const firstFiles = preparedQuery((db) =>
  selectFiles(db, { sort: "name", descending: false }, visibleInGiven)
    .limit(sql.placeholder("limit"))
    .prepare("first-files"),
);

/**
 * One page of a folder's files, by the bytes of their names unless another order is asked for.
 *
 * @throws LoraloomError `bad_input` for a cursor that is none of ours or of another order
 */
export const listFiles = async (
  store: Store,
  scope: FileScope,
  { kind, filter, prefix, cursor, limit, sort = "name", descending = false }: ListFilesInput,
): Promise<{ files: StoredFile[]; nextCursor: string | null }> => {
  const order = { sort, descending };
  const wanted = and(
    filter === "all" ? undefined : eq(files.used, filter === "used"),
    prefix ? sql`starts_with(${files.name}, ${prefix.normalize("NFC")})` : undefined,
    cursor ? afterCursor(order, cursor) : undefined,
  );
  const isUsual = sort === "name" && !descending && !wanted && scope.avatarId !== null;
  const found = isUsual
    ? await firstFiles(store.db).execute({ ...scope, kind, limit: limit + 1 })
    : await selectFiles(store.db, order, and(visibleIn({ ...scope, kind }), wanted)).limit(limit + 1);
  const { page, nextCursor } = pageOf(found, limit, ({ file, sorted }) => cursorOf(sorted, file.name));
  return { files: page.map(({ file }) => file), nextCursor };
};
