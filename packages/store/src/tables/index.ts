/** What is stored. One file a concern; drizzle-kit reads this to write the migrations. */
export { apiKeys, auditLog, avatars, idempotencyKeys, users } from "./access.ts";
export { adapters, publishSeq, versionInputs, versions } from "./adapters.ts";
export { avatarFlags, files, uploads } from "./files.ts";
export { runEvents, runMetrics, runs } from "./runs.ts";
export { workers } from "./workers.ts";
