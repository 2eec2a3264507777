import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Folder } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { type Deletion, files, uploads } from "../tables/index.ts";
import { nextRevision } from "./flag-revision.ts";
import { ofFolder } from "./in-folder.ts";
import { type StoredFile, visibleIn } from "./stored-file.ts";

export type Marked = Pick<StoredFile, "id" | "name" | "size">;
export type Which = { deletion: Deletion; which: SQL | undefined };

/**
 * Marks files of a folder as deleted: nobody sees them any more. Their names stay in the dictionary, as false, until
 * their objects are gone.
 */
export const markDeleting = async (
  tx: Executor,
  folder: Folder,
  { deletion, which }: Which,
): Promise<Marked[]> => {
  const rev = await nextRevision(tx, folder);
  const ids = await lockFiles(tx, folder, which);
  if (ids.length === 0) return [];
  const marked = await tx
    .update(files)
    .set({ state: "deleting", deletion, used: false, flagRev: rev, updatedAt: sql`now()` })
    .where(sql`${files.id} = any(${sql.param(ids)})`)
    .returning({ id: files.id, name: files.name, size: files.size });
  if (deletion === "named") await failEarlierUploads(tx, folder, marked);
  return marked;
};

/** In the order in which the start of a run locks them: two never wait for each other. */
const lockFiles = async (tx: Executor, folder: Folder, which: SQL | undefined): Promise<string[]> => {
  const locked = await tx
    .select({ id: files.id })
    .from(files)
    .where(and(visibleIn(folder), which))
    .orderBy(files.id)
    .for("update");
  return locked.map(({ id }) => id);
};

/** An earlier upload that a crash left half-way must not bring a file back that was named. */
const failEarlierUploads = async (tx: Executor, folder: Folder, marked: Marked[]): Promise<void> => {
  const names = marked.map(({ name }) => name);
  await tx
    .update(uploads)
    .set({ state: "failed" })
    .where(
      and(
        ofFolder(uploads, folder),
        eq(uploads.state, "completing"),
        sql`${uploads.name} = any(${sql.param(names)})`,
      ),
    );
};
