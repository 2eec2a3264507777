/** What is stored. One file a concern; drizzle-kit reads this to write the migrations. */
export type { FileKind } from "../keys/folders.ts";
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
  backups,
  type Descent,
  exports,
  publishSeq,
  stagedPrefixes,
  type VersionFile,
  type VersionInput,
  type VersionKind,
  type VersionManifest,
  type VersionMetrics,
  type VersionParent,
  type VersionState,
  versionInputs,
  versionParents,
  versions,
} from "./adapters.ts";
export { type ErasedKind, erasures, tombstones } from "./erasures.ts";
export {
  avatarFlags,
  type Deletion,
  type FileReport,
  type FileState,
  type FlagEntries,
  files,
  type StoredFault,
  type TokenCounts,
} from "./files.ts";
export { storageProbes } from "./probes.ts";
export { type PublishMode, type RunConfig, runConfigSchema } from "./run-config.ts";
export {
  type MetricFigures,
  metricFiguresSchema,
  type PreferenceFigures,
  preferenceFiguresSchema,
  type RewardFigures,
  rewardFiguresSchema,
} from "./run-figures.ts";
export {
  type FrozenRows,
  type Origin,
  type RunCheckpoint,
  type RunInput,
  type RunKind,
  type RunProgress,
  type RunStatus,
  runEvents,
  runMetrics,
  runs,
  type StoredError,
} from "./runs.ts";
export { userSecrets } from "./secrets.ts";
export { type UploadState, uploads } from "./uploads.ts";
export { everybody, type LimitChanges, type LimitName, limits, usageLedger } from "./usage.ts";
export {
  awaitedBases,
  type WorkerBase,
  type WorkerRole,
  type WorkerState,
  workers,
} from "./workers.ts";
