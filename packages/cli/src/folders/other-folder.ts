import { UsageError } from "../failures/cli-error.ts";
import type { Session } from "../session.ts";
import type { FileFolder } from "./file-folder.ts";

/** Every folder beside the data of training: of the avatar, or of the user. */
export const openOtherFolder = (session: Session, folder: string): FileFolder => {
  const { client, signal } = session;
  const scope = { ...(isOfAvatar(folder) ? session.avatar() : session.user), folder };
  return {
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

/** The service says which folders there are; these two are all that lie in an avatar. */
const isOfAvatar = (folder: string): boolean => folder === "vectorstore_data" || folder.startsWith("media/");
