export type { RunEvent, StoredFile, WatchTarget } from "./api-types.ts";
export type { ConnectionOptions } from "./connection.ts";
export {
  type Client,
  createClient,
  type FileOptions,
  type TrainingUploadOptions,
  type UploadOptions,
} from "./create-client.ts";
export type { ErrorCode } from "./error-codes.ts";
export { isLoraloomError, LoraloomClientError } from "./errors.ts";
export type { UploadProgress } from "./uploads/progress.ts";
export type { UploadSource } from "./uploads/source.ts";
export type { FilesOptions, FileToUpload, UploadOutcome } from "./uploads/upload-files.ts";
export type { AvatarFolder } from "./uploads/upload-target.ts";
export { type ReceivedWebhook, verifyWebhook, type WebhookMessage } from "./verify-webhook.ts";
export type { WatchOptions } from "./watch.ts";
export { isWebhookEvent, type WebhookEvent, webhookEvents } from "./webhook-events.ts";
