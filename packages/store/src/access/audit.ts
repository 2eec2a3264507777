import type { Answer } from "../gather.ts";
import { newId } from "../new-id.ts";
import type { Database, Store } from "../store.ts";
import { auditLog } from "../tables/index.ts";
import type { AuditAction } from "./audit-actions.ts";

/** A statement takes no more than 65,535 values. */
const entriesAtOnce = 1_000;

export type AuditEntry = {
  keyId?: string;
  /** Who did it, where that is one user. */
  callerUserId?: string;
  /** Whose things were changed. */
  userId?: string;
  avatarId?: string;
  action: AuditAction;
  /** Id or name of what was changed. */
  subject?: string;
};

/** Notes who did what. */
export const writeAudit = (store: Pick<Store, "auditEntries">, entry: AuditEntry): Promise<void> =>
  store.auditEntries("audit", entry);

/** Writes entries by as few statements as take them. */
export const writeAuditTogether = async (db: Database, entries: AuditEntry[]): Promise<Answer<void>[]> => {
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    const rows = entries.slice(at, at + entriesAtOnce).map((entry) => ({ id: newId(), ...entry }));
    await db.insert(auditLog).values(rows);
  }
  return entries.map(() => () => undefined);
};
