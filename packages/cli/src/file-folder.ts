import { Option } from "@commander-js/extra-typings";
import type { Client, StoredFile, UploadProgress, UploadSource } from "@loraloom/client";
import type { Session } from "./session.ts";

/** Which files a command is about. */
export type FolderOptions = { evaluation?: true };

export const evaluationOption = () =>
  new Option("--evaluation", "held-out files, which training measures with and never learns from");

type Data = Client["trainingData"];
type ListQuery = Pick<
  Parameters<Data["list"]["query"]>[0],
  "filter" | "prefix" | "sort" | "descending" | "cursor" | "limit"
>;

type Upload = { source: UploadSource; name: string };
type UploadOptions = {
  signal: AbortSignal;
  useForTraining: boolean | undefined;
  onProgress: (progress: UploadProgress) => void;
};

/** What `deleteUnflagged` deleted or, as a dry run, found. */
export type Unflagged = Awaited<ReturnType<Data["deleteUnflagged"]["mutate"]>>;

/** What `erase` found. */
export type Erased = Awaited<ReturnType<Data["erase"]["mutate"]>>;

/** The calls about one folder. */
export type FileFolder = {
  upload: (file: Upload, options: UploadOptions) => Promise<StoredFile>;
  list: (query: ListQuery) => Promise<{ files: StoredFile[]; nextCursor: string | null }>;
  get: (name: string) => Promise<StoredFile>;
  deleteMany: (names: string[]) => Promise<{ deleted: number }>;
  erase: (name: string) => Promise<Erased>;
  deleteUnflagged: (dryRun: boolean) => Promise<Unflagged>;
};

/** Training data unless the options say otherwise. */
export const openFolder = (session: Session, { evaluation }: FolderOptions): FileFolder => {
  const { client, signal } = session;
  const scope = { ...session.avatar(), kind: evaluation ? "evaluation_data" : "training_data" } as const;
  return {
    upload: ({ source, name }, { useForTraining, ...options }) => {
      const to = { ...session.avatar(), name, ...options };
      if (evaluation) return client.uploadEvaluationData(source, to);
      return client.uploadTrainingData(source, {
        ...to,
        ...(useForTraining !== undefined && { useForTraining }),
      });
    },
    list: (query) => client.trainingData.list.query({ ...scope, ...query }, { signal }),
    get: (name) => client.trainingData.get.query({ ...scope, name }, { signal }),
    deleteMany: (names) => client.trainingData.deleteMany.mutate({ ...scope, names }, { signal }),
    erase: (name) => client.trainingData.erase.mutate({ ...scope, name }, { signal }),
    deleteUnflagged: (dryRun) =>
      client.trainingData.deleteUnflagged.mutate({ ...session.avatar(), dryRun }, { signal }),
  };
};
