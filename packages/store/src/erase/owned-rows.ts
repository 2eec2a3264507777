import { and, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type FileScope, scopePrefix } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import {
  adapters,
  apiKeys,
  auditLog,
  avatarFlags,
  avatars,
  backups,
  exports,
  files,
  idempotencyKeys,
  limits,
  runEvents,
  runMetrics,
  runs,
  shares,
  stagedPrefixes,
  uploads,
  usageLedger,
  userSecrets,
  users,
  versionInputs,
  versionParents,
  versions,
  webhookDeliveries,
  webhooks,
} from "../tables/index.ts";

/** Rows of one table that belong to an avatar, or to a user with all his avatars. */
export type OwnedRows = {
  /** What they are called in an answer. */
  kind: string;
  table: PgTable;
  /** `undefined`: an avatar has none of its own. */
  which: (db: Executor, scope: FileScope) => SQL | undefined;
};

type Scoped = { userId: AnyPgColumn; avatarId: AnyPgColumn };

const within = (table: Scoped, { userId, avatarId }: FileScope): SQL | undefined =>
  and(eq(table.userId, userId), avatarId === null ? undefined : eq(table.avatarId, avatarId));

const ofScope =
  (table: Scoped): OwnedRows["which"] =>
  (_db, scope) =>
    within(table, scope);

const ofRuns =
  (runId: AnyPgColumn): OwnedRows["which"] =>
  (db, scope) =>
    inArray(runId, db.select({ id: runs.id }).from(runs).where(within(runs, scope)));

const ofVersions =
  (versionId: AnyPgColumn): OwnedRows["which"] =>
  (db, scope) =>
    inArray(versionId, db.select({ id: versions.id }).from(versions).where(within(versions, scope)));

const ofWebhooks: OwnedRows["which"] = (db, { userId, avatarId }) => {
  const owned = db.select({ id: webhooks.id }).from(webhooks).where(eq(webhooks.userId, userId));
  const { webhookId } = webhookDeliveries;
  if (avatarId === null) return inArray(webhookId, owned);
  return and(inArray(webhookId, owned), eq(webhookDeliveries.avatarId, avatarId));
};

const ofUser =
  (column: AnyPgColumn): OwnedRows["which"] =>
  (_db, { userId, avatarId }) =>
    avatarId === null ? eq(column, userId) : undefined;

/** In the order in which they go: what names another row before that one. A test compares them with all tables. */
export const ownedRows: OwnedRows[] = [
  { kind: "events", table: runEvents, which: ofRuns(runEvents.runId) },
  { kind: "metrics", table: runMetrics, which: ofRuns(runMetrics.runId) },
  {
    kind: "idempotencyKeys",
    table: idempotencyKeys,
    which: (db, scope) =>
      or(
        within({ userId: idempotencyKeys.ownerId, avatarId: idempotencyKeys.avatarId }, scope),
        ofUser(idempotencyKeys.userId)(db, scope),
      ),
  },
  { kind: "inputs", table: versionInputs, which: ofVersions(versionInputs.versionId) },
  { kind: "parents", table: versionParents, which: ofVersions(versionParents.versionId) },
  { kind: "exports", table: exports, which: ofScope(exports) },
  { kind: "backups", table: backups, which: ofScope(backups) },
  { kind: "versions", table: versions, which: ofScope(versions) },
  { kind: "runs", table: runs, which: ofScope(runs) },
  { kind: "adapters", table: adapters, which: ofScope(adapters) },
  { kind: "uploads", table: uploads, which: ofScope(uploads) },
  { kind: "files", table: files, which: ofScope(files) },
  { kind: "flagDictionaries", table: avatarFlags, which: ofScope(avatarFlags) },
  {
    kind: "auditEntries",
    table: auditLog,
    which: (db, scope) => or(within(auditLog, scope), ofUser(auditLog.callerUserId)(db, scope)),
  },
  {
    kind: "shares",
    table: shares,
    which: (db, scope) =>
      or(
        within({ userId: shares.ownerId, avatarId: shares.avatarId }, scope),
        ofUser(shares.userId)(db, scope),
      ),
  },
  {
    kind: "stagedPrefixes",
    table: stagedPrefixes,
    which: (_db, scope) => sql`starts_with(${stagedPrefixes.prefix}, ${scopePrefix(scope)})`,
  },
  { kind: "webhookDeliveries", table: webhookDeliveries, which: ofWebhooks },
  { kind: "webhooks", table: webhooks, which: ofScope(webhooks) },
  { kind: "secrets", table: userSecrets, which: ofUser(userSecrets.userId) },
  { kind: "usage", table: usageLedger, which: ofUser(usageLedger.userId) },
  { kind: "limits", table: limits, which: ofUser(limits.userId) },
  { kind: "keys", table: apiKeys, which: ofUser(apiKeys.userId) },
  {
    kind: "avatars",
    table: avatars,
    which: (_db, scope) => within({ userId: avatars.userId, avatarId: avatars.id }, scope),
  },
  { kind: "users", table: users, which: ofUser(users.id) },
];
