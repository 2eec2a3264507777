export { ensureParts, type Parts } from "./ensure-parts.ts";
export { isErrno } from "./errno.ts";
export { findFreePort, findFreePorts } from "./ports.ts";
export { type PostgresOptions, startPostgres } from "./postgres.ts";
export type { PostgresUser } from "./postgres-user.ts";
export { type Binaries, findBinaries } from "./python-binaries.ts";
export { type Runtime, readRuntime } from "./runtime-file.ts";
export { type SeaweedfsOptions, s3Region, seaweedfsPortNames, startSeaweedfs } from "./seaweedfs.ts";
export { stopSignal } from "./stop-signal.ts";
