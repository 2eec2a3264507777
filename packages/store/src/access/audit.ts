import { and, eq, sql } from "drizzle-orm";
import { prepared } from "../database/prepared.ts";
import type { Answer } from "../gather.ts";
import { newId } from "../new-id.ts";
import type { Database, Store } from "../store.ts";
import { auditLog } from "../tables/index.ts";
import type { AuditAction } from "./audit-actions.ts";

/** A statement of more would be megabytes. */
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

/** Notes it where no entry says the same: one who did it may have been gone before he noted it. */
export const writeAuditOnce = async (
  store: Pick<Store, "db" | "auditEntries">,
  entry: Required<Pick<AuditEntry, "userId" | "action" | "subject">> & AuditEntry,
): Promise<void> => {
  const { userId, action, subject } = auditLog;
  const same = and(eq(userId, entry.userId), eq(action, entry.action), eq(subject, entry.subject));
  if ((await store.db.$count(auditLog, same)) === 0) await writeAudit(store, entry);
};

/** Writes entries by as few statements as take them. */
export const writeAuditTogether = async (db: Database, entries: AuditEntry[]): Promise<Answer<void>[]> => {
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    const rows = entries.slice(at, at + entriesAtOnce).map((entry) => ({ id: newId(), ...entry }));
    await insertEntries(db, { rows: JSON.stringify(rows) });
  }
  return entries.map(() => () => undefined);
};

const insertEntries = prepared(
  "write-audit",
  sql`
    insert into audit_log (id, key_id, caller_user_id, user_id, avatar_id, action, subject)
    select id, "keyId", "callerUserId", "userId", "avatarId", action, subject
    from jsonb_to_recordset(${sql.placeholder("rows")}::jsonb) as entry(
      id text, "keyId" text, "callerUserId" text, "userId" text, "avatarId" text, action text, subject text)`,
);
