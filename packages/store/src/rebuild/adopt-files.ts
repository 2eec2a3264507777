import { ensureAvatar } from "../access/avatars.ts";
import { syncFolder } from "../files/index.ts";
import { type AvatarScope, avatarFolders, type FileKind, type Folder } from "../keys/index.ts";
import type { Rebuild } from "./rebuild.ts";

/** The files of every folder of an avatar, with the flags of its dictionaries. */
export const adoptAvatarFiles = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  await ensureAvatar(work.store, scope);
  for (const kind of avatarFolders) await adoptFolder(work, { ...scope, kind });
};

/** The files of a user's folder beside his avatars. */
export const adoptUserFiles = (work: Rebuild, userId: string, kind: FileKind): Promise<void> =>
  adoptFolder(work, { userId, avatarId: null, kind });

const adoptFolder = async ({ store, inspect, outcome }: Rebuild, folder: Folder): Promise<void> => {
  const { adopted, changed, missing, skipped } = await syncFolder(store, folder, inspect);
  outcome.files.adopted += adopted.count;
  outcome.files.changed += changed.count;
  outcome.files.missing += missing.count;
  outcome.files.skipped += skipped.count;
};
