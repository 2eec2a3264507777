import { and, desc, lt } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf } from "../page.ts";
import type { Store } from "../store.ts";
import { backups } from "../tables/index.ts";
import { type Backup, backupNotFound, ofAvatar } from "./backup.ts";

/** @throws LoraloomError `backup_not_found` */
export const getBackup = async (store: Store, scope: AvatarScope, backupId: string): Promise<Backup> => {
  const [backup] = await store.db.select().from(backups).where(ofAvatar(scope, backupId));
  if (!backup) throw backupNotFound(scope, backupId);
  return backup;
};

/** An avatar's backups, the newest first; they stay when its adapter is deleted. */
export const listBackups = async (
  store: Store,
  scope: AvatarScope,
  { cursor, limit }: PageRequest,
): Promise<{ backups: Backup[]; nextCursor: string | null }> => {
  const rows = await store.db
    .select()
    .from(backups)
    .where(and(ofAvatar(scope), cursor ? lt(backups.id, cursor) : undefined))
    .orderBy(desc(backups.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { backups: page, nextCursor };
};
