import { ulid } from "ulid";
import type { Store } from "../store.ts";
import { auditLog } from "../tables/index.ts";

export type AuditEntry = {
  keyId?: string;
  userId?: string;
  avatarId?: string;
  /** Noun and verb, such as `file-deleted`. */
  action: string;
  /** Id or name of what was changed. */
  subject?: string;
};

/** Notes who did what. */
export const writeAudit = async (store: Pick<Store, "db">, entry: AuditEntry): Promise<void> => {
  await store.db.insert(auditLog).values({ id: ulid(), ...entry });
};
