import { and, eq } from "drizzle-orm";
import { newContent } from "../files/file-content.ts";
import { nextRevision } from "../files/flag-revision.ts";
import { takeForeignFlag } from "../files/foreign-flags.ts";
import { ofName } from "../files/in-folder.ts";
import { flaggedFolderOf } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import type { Database, Executor } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import type { Upload } from "./upload-row.ts";

/**
 * Row, flag, ETag, hash and `completed` in one transaction; the name's lock is held. An upload that a
 * deletion ended meanwhile changes nothing: the deletion removes the object next.
 */
export const commitUpload = (db: Database, upload: Upload, etag: string): Promise<void> =>
  db.transaction(async (tx) => {
    const rev = await nextRevision(tx, upload);
    const before = await readBefore(tx, upload);
    const id = before?.id ?? newId();
    if (!(await markCompleted(tx, upload, id))) return;
    const content = { ...newContent(upload.kind, { ...upload, etag }), ...flagOf(upload, before, rev) };
    if (before) await tx.update(files).set(content).where(eq(files.id, id));
    else await tx.insert(files).values({ id, ...nameOf(upload), ...content });
    await takeForeignFlag(tx, upload, upload.name);
  });

const markCompleted = async (tx: Executor, upload: Upload, fileId: string): Promise<boolean> => {
  const marked = await tx
    .update(uploads)
    .set({ state: "completed", fileId })
    .where(and(eq(uploads.id, upload.id), eq(uploads.state, "completing")))
    .returning({ id: uploads.id });
  return marked.length > 0;
};

type Before = Pick<typeof files.$inferSelect, "id" | "used" | "state" | "flagRev">;

const readBefore = async (tx: Executor, upload: Upload): Promise<Before | undefined> => {
  const [before] = await tx
    .select({ id: files.id, used: files.used, state: files.state, flagRev: files.flagRev })
    .from(files)
    .where(ofName(files, upload))
    .for("update");
  return before;
};

const nameOf = ({ userId, avatarId, kind, name }: Upload) => ({ userId, avatarId, kind, name });

/** A name that was being deleted is a new one. Only some folders have flags. */
const flagOf = (upload: Upload, before: Before | undefined, rev: number) => {
  if (!flaggedFolderOf(upload)) return { used: true, flagRev: rev };
  const isKept = before !== undefined && before.state !== "deleting" && upload.useForTraining === null;
  return isKept
    ? { used: before.used, flagRev: before.flagRev }
    : { used: upload.useForTraining ?? true, flagRev: rev };
};
