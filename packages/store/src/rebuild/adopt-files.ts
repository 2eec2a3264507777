import { ensureAvatar } from "../access/avatars.ts";
import { syncFolder } from "../files/index.ts";
import { type AvatarScope, avatarFolders, type FileKind, type Folder } from "../keys/index.ts";
import { noteSurplus } from "./outcome.ts";
import type { Rebuild } from "./rebuild.ts";

/** The files of every folder of an avatar, with the flags of its dictionaries. */
export const adoptAvatarFiles = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  await ensureAvatar(work.store, scope);
  let files = 0;
  // The limit is of all folders together: the last one says how many are too many.
  for (const kind of avatarFolders) files = await adoptFolder(work, { ...scope, kind });
  if (files > 0) noteSurplus(work.outcome, { ...scope, files });
};

/** The files of a user's folder beside his avatars. */
export const adoptUserFiles = (work: Rebuild, userId: string, kind: FileKind): Promise<number> =>
  adoptFolder(work, { userId, avatarId: null, kind });

/** @returns by how many files the folder's avatar has too many now */
const adoptFolder = async ({ store, inspect, outcome }: Rebuild, folder: Folder): Promise<number> => {
  const { adopted, changed, missing, skipped, surplus } = await syncFolder(store, folder, inspect);
  outcome.files.adopted += adopted.count;
  outcome.files.changed += changed.count;
  outcome.files.missing += missing.count;
  outcome.files.skipped += skipped.count;
  return surplus;
};
