export { type ApiKeyInput, createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
export { type AuditEntry, writeAudit, writeAuditOnce } from "./audit.ts";
export { type AuditAction, auditActions } from "./audit-actions.ts";
export { ensureAvatar, ensureScope, ensureUser } from "./avatars.ts";
export { type FoundKey, findApiKey } from "./find-api-key.ts";
export { createFirstApiKey } from "./first-api-key.ts";
export { type ApiKeyRecord, hasKeyForm } from "./key-record.ts";
export { type AuditFilter, type AuditRecord, listAudit } from "./read-audit.ts";
export { requireFuture } from "./require-future.ts";
export { rotateApiKey } from "./rotate-api-key.ts";
export {
  findShare,
  listShares,
  listSharesWith,
  removeShare,
  type Share,
  type ShareInput,
  setShare,
} from "./shares.ts";
