import { UsageError } from "../failures/cli-error.ts";
import type { Session } from "../session.ts";
import type { FileFolder } from "./file-folder.ts";

/** What an adapter learns from, or what it is measured with. */
export const openDataset = (session: Session, kind: "training_data" | "evaluation_data"): FileFolder => {
  const { client, signal } = session;
  const avatar = session.avatar();
  const scope = { ...avatar, kind };
  const isFlagged = kind === "training_data";
  return {
    place: { ...avatar, folder: kind },
    list: (query) => client.trainingData.list.query({ ...scope, ...query }, { signal }),
    get: (name) => client.trainingData.get.query({ ...scope, name }, { signal }),
    setFlags: async (flags) => {
      if (!isFlagged) throw noFlags();
      return client.trainingData.setFlags.mutate({ ...avatar, flags }, { signal });
    },
    deleteMany: (names) => client.trainingData.deleteMany.mutate({ ...scope, names }, { signal }),
    deleteUnflagged: async (dryRun) => {
      if (!isFlagged) throw noFlags();
      return client.trainingData.deleteUnflagged.mutate({ ...avatar, dryRun }, { signal });
    },
    sync: () => client.trainingData.sync.mutate(scope, { signal }),
    erase: (name) => client.trainingData.erase.mutate({ ...scope, name }, { signal }),
  };
};

const noFlags = (): UsageError =>
  new UsageError("Evaluation files have no flag: training never learns from them.");
