export { completeUpload } from "./complete-upload.ts";
export { type CopyOriginalInput, copyOriginal } from "./copy-original.ts";
export { type CreatedUpload, createUpload, type UploadInput } from "./create-upload.ts";
export { finishUpload } from "./finish-upload.ts";
export { sweepUnownedObjects } from "./sweep-unowned.ts";
export { sweepExpiredUploads } from "./sweep-uploads.ts";
