import { createTRPCClientProxy } from "@trpc/client";
import type { Api, RunEvent, StoredFile, WatchTarget } from "./api-types.ts";
import { CodedClient } from "./coded-client.ts";
import { type ConnectionOptions, openConnection } from "./connection.ts";
import type { UploadSource } from "./uploads/source.ts";
import { type FlagOptions, type SendOptions, upload } from "./uploads/upload.ts";
import {
  type FilesOptions,
  type FileToUpload,
  type UploadOutcome,
  uploadFiles,
} from "./uploads/upload-files.ts";
import { type AvatarFolder, type Owner, type Place, targetOf } from "./uploads/upload-target.ts";
import { type WatchOptions, watchRun } from "./watch.ts";

export type UploadOptions = SendOptions & Owner;
export type TrainingUploadOptions = UploadOptions & FlagOptions;
/** `useForTraining` is for folders whose files have a flag: `training_data` and `vectorstore_data`. */
export type FileOptions = SendOptions & FlagOptions & Place;

/** The server's procedures and what takes more than one of them. */
export type Client = Pick<
  Api,
  | "avatars"
  | "adapter"
  | "trainingData"
  | "files"
  | "train"
  | "chat"
  | "usage"
  | "keys"
  | "secrets"
  | "admin"
  | "health"
> & {
  /**
   * Uploads a file that adapters may learn from, straight to the object store.
   * @throws `bad_file_name`, `too_large`, `upload_refused`, `network`, …
   */
  uploadTrainingData(source: UploadSource, options: TrainingUploadOptions): Promise<StoredFile>;
  /** Uploads a held-out file: training measures with it and never learns from it. */
  uploadEvaluationData(source: UploadSource, options: UploadOptions): Promise<StoredFile>;
  /**
   * Uploads a file into any folder of an avatar, or of a user.
   *
   * @example
   * await client.uploadFile(video, { avatarId: "mia", folder: "media/original/video" });
   */
  uploadFile(source: UploadSource, options: FileOptions): Promise<StoredFile>;
  /**
   * Uploads many files, three at a time unless said otherwise. Each has an outcome of its own: one that fails doesn't
   * keep the others.
   *
   * @throws the signal's reason
   * @example
   * const outcomes = await client.uploadFiles(event.dataTransfer.files, { avatarId: "mia" });
   * for (const { name, error } of outcomes) if (error) console.log(name, error);
   */
  uploadFiles(files: Iterable<FileToUpload>, options: FilesOptions): Promise<UploadOutcome[]>;
  /**
   * Each event of a run once and in order, also across cut connections; ends after the last one.
   * @throws what the server refuses, `network` after about 3 minutes without an answer, the signal's reason.
   */
  watchRun(target: WatchTarget, options?: WatchOptions): AsyncGenerator<RunEvent, void>;
};

/**
 * Makes a client, in Node or a browser.
 * @throws `bad_input` (the URL), `missing_key`, `invalid_key` (nothing that can be a key)
 * @example
 * const client = createClient({ url: "http://127.0.0.1:4710", apiKey });
 * await client.uploadTrainingData(file, { avatarId: "mia", useForTraining: true });
 * const { id: runId } = await client.train.start.mutate({ avatarId: "mia" });
 * for await (const event of client.watchRun({ avatarId: "mia", runId })) console.log(event.type);
 */
export const createClient = (options: ConnectionOptions): Client => {
  const connection = openConnection(options);
  const api: Api = createTRPCClientProxy(new CodedClient(connection));
  const uploader = { api, fetch: connection.fetch, reached: false };
  const uploadTo = (options: TrainingUploadOptions, folder: AvatarFolder, source: UploadSource) =>
    upload(uploader, { ...options, source, target: targetOf({ ...options, folder }) });
  return {
    adapter: api.adapter,
    avatars: api.avatars,
    trainingData: api.trainingData,
    files: api.files,
    train: api.train,
    chat: api.chat,
    usage: api.usage,
    keys: api.keys,
    secrets: api.secrets,
    admin: api.admin,
    health: api.health,
    uploadTrainingData: (source, options) => uploadTo(options, "training_data", source),
    uploadEvaluationData: (source, options) => uploadTo(options, "evaluation_data", source),
    uploadFile: (source, options) => upload(uploader, { ...options, source, target: targetOf(options) }),
    uploadFiles: (files, options) => uploadFiles(uploader, files, options),
    watchRun: (target, watch) => watchRun(api, target, watch),
  };
};
