export { findFreePort } from "@loraloom/launcher";
export { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
export { python, repositoryRoot } from "./paths.ts";
export { runPostgresProgram } from "./postgres-program.ts";
export { type TestServices, testServices } from "./services.ts";
export { sharedTinyBase, withSharedTinyBase } from "./shared-tiny-base.ts";
export { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
export { createTestBucket, type TestBucket } from "./test-bucket.ts";
export { createTestDatabase } from "./test-database.ts";
