export {
  type ApiKeyInput,
  type ApiKeyRecord,
  countApiKeys,
  createApiKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
} from "./api-keys.ts";
export { type AuditEntry, writeAudit } from "./audit.ts";
export { ensureAvatar, ensureUser } from "./avatars.ts";
