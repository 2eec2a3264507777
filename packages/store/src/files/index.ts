export type { CountTokens } from "./count-tokens.ts";
export { deleteFile, deleteFiles } from "./delete-files.ts";
export { deleteUnflagged, type Unflagged } from "./delete-unflagged.ts";
export {
  type DownloadPage,
  type DownloadRequest,
  downloadFiles,
  type FileDownload,
} from "./download-files.ts";
export { findFiles } from "./find-files.ts";
export { hasEvaluation } from "./has-evaluation.ts";
export { type Inspect, inspectHere } from "./inspect-object.ts";
export type { FileOrder, FileSort } from "./list-cursor.ts";
export { type FileFilter, type ListFilesInput, listFiles } from "./list-files.ts";
export { projectFlags } from "./project-flags.ts";
export { getFile } from "./read-files.ts";
export { type FlagChange, setFlags } from "./set-flags.ts";
export { type FileName, readFileObject, type StoredFile } from "./stored-file.ts";
export { emptySummary, type FolderSummary, summarizeFiles } from "./summarize-files.ts";
export { type Listed, type SkipReason, type SyncOutcome, syncFolder } from "./sync-folder.ts";
export { type Speaker, usableRowsOf } from "./usable-rows.ts";
