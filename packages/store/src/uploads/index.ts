export { completeUpload } from "./complete-upload.ts";
export { type CreatedUpload, createUpload, maxUploadBytes, type UploadInput } from "./create-upload.ts";
export { finishUpload } from "./finish-upload.ts";
export { finishCompletingUploads, sweepExpiredUploads } from "./sweep-uploads.ts";
