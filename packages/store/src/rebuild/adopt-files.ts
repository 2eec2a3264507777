import { ensureAvatar } from "../access/avatars.ts";
import { nextRevision } from "../files/flag-revision.ts";
import { ofFolder } from "../files/in-folder.ts";
import { syncFolder } from "../files/index.ts";
import {
  type AvatarScope,
  avatarFolders,
  type FileKind,
  type FlaggedFolder,
  type Folder,
  flaggedKinds,
  flagsKey,
} from "../keys/index.ts";
import { headObject } from "../objects/index.ts";
import { avatarFlags } from "../tables/index.ts";
import type { Rebuild } from "./rebuild.ts";

/** The files of every folder of an avatar, with the flags of its dictionaries. */
export const adoptAvatarFiles = async (work: Rebuild, scope: AvatarScope): Promise<void> => {
  await ensureAvatar(work.store, scope);
  for (const kind of flaggedKinds) await beginFlags(work, { ...scope, kind });
  for (const kind of avatarFolders) await adoptFolder(work, { ...scope, kind });
};

/** The files of a user's folder beside his avatars. */
export const adoptUserFiles = (work: Rebuild, userId: string, kind: FileKind): Promise<void> =>
  adoptFolder(work, { userId, avatarId: null, kind });

/** A dictionary that the database knows nothing of is ahead of it, and is adopted as such. */
const beginFlags = async ({ store }: Rebuild, folder: FlaggedFolder): Promise<void> => {
  if ((await store.db.$count(avatarFlags, ofFolder(avatarFlags, folder))) > 0) return;
  if (!(await headObject(store.objects, flagsKey(folder)))) return;
  await store.db.transaction((tx) => nextRevision(tx, folder));
};

const adoptFolder = async ({ store, inspect, outcome }: Rebuild, folder: Folder): Promise<void> => {
  const { adopted, changed, missing, skipped } = await syncFolder(store, folder, inspect);
  outcome.files.adopted += adopted.count;
  outcome.files.changed += changed.count;
  outcome.files.missing += missing.count;
  outcome.files.skipped += skipped.count;
};
