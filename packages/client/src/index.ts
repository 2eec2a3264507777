export type { RunEvent, StoredFile, WatchTarget } from "./api-types.ts";
export type { ConnectionOptions } from "./connection.ts";
export { type Client, createClient } from "./create-client.ts";
export type { ErrorCode } from "./error-codes.ts";
export { isLoraloomError, LoraloomClientError } from "./errors.ts";
export type { UploadProgress } from "./uploads/put.ts";
export type { UploadSource } from "./uploads/source.ts";
export type { TrainingUploadOptions, UploadOptions } from "./uploads/upload.ts";
export type { WatchOptions } from "./watch.ts";
