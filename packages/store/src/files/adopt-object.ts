import { eq, sql } from "drizzle-orm";
import { withAdvisoryLock } from "../database/advisory-lock.ts";
import { type Folder, fileKey } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { headObject, type ObjectHead } from "../objects/index.ts";
import type { Database, Executor, Store } from "../store.ts";
import { files, uploads } from "../tables/index.ts";
import { isVanished, vanishedReport } from "./fault-reports.ts";
import { newContent } from "./file-content.ts";
import { nextRevision } from "./flag-revision.ts";
import { takeForeignFlag } from "./foreign-flags.ts";
import { ofName } from "./in-folder.ts";
import { nameLock, type StoredFile } from "./stored-file.ts";

/** What became of a name: `upload` and `deletion` are under way and were left alone. */
export type Adoption = "same" | "adopted" | "changed" | "missing" | "upload" | "deletion";
type Place = Folder & { name: string };

/**
 * Brings the row of a name in line with its object, which another tool may have put, changed or removed. An object
 * that is gone leaves a file with a fault: nothing is removed because a tool made a mistake.
 *
 * @throws LoraloomError `storage_unavailable`
 */
export const adoptObject = (store: Store, place: Place): Promise<Adoption> =>
  withAdvisoryLock(store, nameLock(place, place), async (db) => {
    const underWay = await workUnderWay(db, place);
    return underWay ?? adoptUnderLock(store, db, place);
  });

const workUnderWay = async (db: Executor, place: Place): Promise<"upload" | "deletion" | undefined> => {
  const [completing] = await db
    .select({ id: uploads.id })
    .from(uploads)
    .where(sql`${ofName(uploads, place)} and ${uploads.state} = 'completing'`)
    .limit(1);
  if (completing) return "upload";
  const [row] = await db.select({ state: files.state }).from(files).where(ofName(files, place));
  return row?.state === "deleting" ? "deletion" : undefined;
};

/** The same where the caller holds the name's lock; a file that is being deleted is one again. */
export const adoptUnderLock = async (store: Store, db: Database, place: Place): Promise<Adoption> => {
  const head = await headObject(store.objects, fileKey(place, place.kind, place.name));
  return db.transaction(async (tx) => {
    await nextRevision(tx, place);
    const [row] = await tx.select().from(files).where(ofName(files, place)).for("update");
    if (!head) return row ? markVanished(tx, row) : "same";
    if (!row) return insertFile(tx, place, head);
    if (row.etag === head.etag && row.state !== "deleting" && !isVanished(row.report)) return "same";
    await tx.update(files).set(contentOf(place, head)).where(eq(files.id, row.id));
    return "changed";
  });
};

const markVanished = async (tx: Executor, row: StoredFile): Promise<"missing"> => {
  if (isVanished(row.report)) return "missing";
  await tx
    .update(files)
    .set({
      state: "ready",
      report: vanishedReport(row),
      tokens: null,
      tokensBase: null,
      updatedAt: sql`now()`,
    })
    .where(eq(files.id, row.id));
  return "missing";
};

/** Its flag was set by nobody here, so that any later word of another tool's dictionary counts. */
const insertFile = async (tx: Executor, place: Place, head: ObjectHead): Promise<"adopted"> => {
  const { userId, avatarId, kind, name } = place;
  const used = (await takeForeignFlag(tx, place, name)) ?? true;
  await tx
    .insert(files)
    .values({ id: newId(), userId, avatarId, kind, name, used, ...contentOf(place, head) });
  return "adopted";
};

const contentOf = ({ kind }: Place, { etag, size, contentType }: ObjectHead) =>
  newContent(kind, {
    etag,
    size,
    // What a store tells of an object in parts is a hash of hashes.
    sha256: null,
    contentType: contentType ?? "application/octet-stream",
  });
