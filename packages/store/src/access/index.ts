export {
  type ApiKeyInput,
  type ApiKeyRecord,
  createApiKey,
  findApiKey,
  hasKeyForm,
  listApiKeys,
  revokeApiKey,
} from "./api-keys.ts";
export { type AuditEntry, writeAudit } from "./audit.ts";
export { ensureAvatar, ensureScope, ensureUser } from "./avatars.ts";
export { createFirstApiKey } from "./first-api-key.ts";
export { type AuditFilter, type AuditRecord, listAudit } from "./read-audit.ts";
