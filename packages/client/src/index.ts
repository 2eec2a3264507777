import type { ConnectionOptions } from "./connection.ts";
import { type Client, createClientFor } from "./create-client.ts";

/**
 * Makes a client, for browsers and every other platform without a file system.
 *
 * @example
 * const client = createClient({ url: "http://127.0.0.1:4710", apiKey });
 * const run = await client.train.start.mutate({ avatarId: "mia" });
 * @throws `bad_input` (the URL), `missing_key`.
 */
export const createClient: (options: ConnectionOptions) => Client = createClientFor({});

export type { RunEvent, StoredFile, WatchTarget } from "./api-types.ts";
export type { ConnectionOptions } from "./connection.ts";
export type { Client, FileOptions, TrainingUploadOptions, UploadOptions } from "./create-client.ts";
export type { ErrorCode } from "./error-codes.ts";
export { isLoraloomError, LoraloomClientError } from "./errors.ts";
export type { UploadProgress } from "./uploads/progress.ts";
export type { UploadSource } from "./uploads/source.ts";
export type { FilesOptions, FileToUpload, UploadOutcome } from "./uploads/upload-files.ts";
export type { AvatarFolder } from "./uploads/upload-target.ts";
export type { WatchOptions } from "./watch.ts";
