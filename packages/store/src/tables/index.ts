/** What is stored. One file a concern; drizzle-kit reads this to write the migrations. */
export {
  apiKeys,
  auditLog,
  avatars,
  idempotencyKeys,
  type KeyKind,
  type KeyScope,
  users,
} from "./access.ts";
export {
  type AdapterState,
  adapters,
  publishSeq,
  type VersionFile,
  type VersionMetrics,
  type VersionState,
  versionInputs,
  versions,
} from "./adapters.ts";
export {
  avatarFlags,
  type FileKind,
  type FileReport,
  type FileState,
  type FlagEntries,
  files,
  type StoredFault,
  type UploadState,
  uploads,
} from "./files.ts";
export { storageProbes } from "./probes.ts";
export {
  type FrozenRows,
  type OverLength,
  type PublishMode,
  type RunCheckpoint,
  type RunConfig,
  type RunInput,
  type RunKind,
  type RunProgress,
  type RunStatus,
  runEvents,
  runMetrics,
  runs,
  type Schedule,
  type StoredError,
} from "./runs.ts";
export { type WorkerRole, type WorkerState, workers } from "./workers.ts";
