import { createTRPCClientProxy } from "@trpc/client";
import type { Api, RunEvent, StoredFile, WatchTarget } from "./api-types.ts";
import { CodedClient } from "./coded-client.ts";
import { type ConnectionOptions, openConnection } from "./connection.ts";
import { createLinks } from "./links.ts";
import type { UploadSource } from "./uploads/source.ts";
import { type TrainingUploadOptions, type UploadOptions, upload } from "./uploads/upload.ts";
import { type WatchOptions, watchRun } from "./watch.ts";

/** The server's procedures and what takes more than one of them. */
export type Client = Pick<
  Api,
  "adapter" | "trainingData" | "files" | "train" | "chat" | "keys" | "health"
> & {
  /**
   * Uploads a file that adapters may learn from, straight to the object store.
   * @throws `bad_file_name`, `too_large`, `upload_refused`, `network`, …
   */
  uploadTrainingData(source: UploadSource, options: TrainingUploadOptions): Promise<StoredFile>;
  /** Uploads a held-out file: training measures with it and never learns from it. */
  uploadEvaluationData(source: UploadSource, options: UploadOptions): Promise<StoredFile>;
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
  const api: Api = createTRPCClientProxy(new CodedClient({ links: createLinks(connection) }));
  const uploader = { api, fetch: connection.fetch };
  return {
    adapter: api.adapter,
    trainingData: api.trainingData,
    files: api.files,
    train: api.train,
    chat: api.chat,
    keys: api.keys,
    health: api.health,
    uploadTrainingData: (source, to) => upload(uploader, { ...to, kind: "training_data", source }),
    uploadEvaluationData: (source, to) => upload(uploader, { ...to, kind: "evaluation_data", source }),
    watchRun: (target, watch) => watchRun(api, target, watch),
  };
};
