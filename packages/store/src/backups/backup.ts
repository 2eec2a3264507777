import { LoraloomError } from "@loraloom/errors";
import { and, eq, type SQL } from "drizzle-orm";
import type { AvatarScope } from "../keys/index.ts";
import { backups } from "../tables/index.ts";

/** A backup as it is stored. */
export type Backup = typeof backups.$inferSelect;

export const ofAvatar = ({ userId, avatarId }: AvatarScope, backupId?: string): SQL | undefined =>
  and(
    eq(backups.userId, userId),
    eq(backups.avatarId, avatarId),
    backupId === undefined ? undefined : eq(backups.id, backupId),
  );

export const backupNotFound = ({ avatarId }: AvatarScope, backupId: string): LoraloomError =>
  new LoraloomError("backup_not_found", `Avatar '${avatarId}' has no backup '${backupId}'.`, {
    details: { avatarId, backupId },
  });
