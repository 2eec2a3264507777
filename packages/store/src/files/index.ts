export { deleteFile } from "./delete-file.ts";
export type { Inspect } from "./inspection.ts";
export {
  type FileFilter,
  type KindSummary,
  type ListFilesInput,
  listFiles,
  summarizeFiles,
} from "./list-files.ts";
export { projectFlags } from "./project-flags.ts";
export { type FlagChange, setFlags } from "./set-flags.ts";
export { type FileName, readFileObject, type StoredFile } from "./stored-file.ts";
