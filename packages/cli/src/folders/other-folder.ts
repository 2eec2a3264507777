import type { AvatarFolder } from "@loraloom/client";
import { UsageError } from "../failures/cli-error.ts";
import type { Session } from "../session.ts";
import type { FileFolder } from "./file-folder.ts";

/** Every folder beside the data of training: of the avatar, or of the user. */
export const openOtherFolder = (session: Session, folder: string): FileFolder => {
  const { client, signal } = session;
  const scope = isOfAvatar(folder) ? { ...session.avatar(), folder } : { ...session.user, folder };
  return {
    place: scope,
    list: (query) => client.files.list.query({ ...scope, ...query }, { signal }),
    get: (name) => client.files.get.query({ ...scope, name }, { signal }),
    setFlags: (flags) => client.files.setFlags.mutate({ ...scope, flags }, { signal }),
    deleteMany: (names) => client.files.deleteMany.mutate({ ...scope, names }, { signal }),
    deleteUnflagged: (dryRun) => client.files.deleteUnflagged.mutate({ ...scope, dryRun }, { signal }),
    sync: () => client.files.sync.mutate(scope, { signal }),
    erase: async () => {
      throw new UsageError("--erase is for training and evaluation files, which runs keep copies of.");
    },
  };
};

/** The folders that lie in an avatar; every other name is one of the user's. */
const avatarFolders: readonly AvatarFolder[] = [
  "vectorstore_data",
  "media/audio",
  "media/original/video",
  "media/original/text",
  "media/original/audio",
  "media/original/images",
];

const isOfAvatar = (folder: string): folder is AvatarFolder =>
  avatarFolders.some((known) => known === folder);
