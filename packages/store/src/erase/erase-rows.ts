import { and, asc, eq, notInArray, sql } from "drizzle-orm";
import type { AuditEntry } from "../access/audit.ts";
import type { AuditAction } from "../access/audit-actions.ts";
import { runEventsChannel } from "../events/append-event.ts";
import type { FileScope } from "../keys/index.ts";
import { newId } from "../new-id.ts";
import { terminalStatuses } from "../runs/run.ts";
import type { Store } from "../store.ts";
import { adapters, auditLog, avatars, erasures, runs, tombstones, uploads, users } from "../tables/index.ts";
import type { Transaction } from "../transaction.ts";
import { forgetMentions } from "./forget-mentions.ts";
import type { RowCounts } from "./inventory.ts";
import { ownedRows } from "./owned-rows.ts";
import { tombstoneOf } from "./tombstones.ts";

/** Who asked for it, as the audit log has it. */
export type ErasedBy = Pick<AuditEntry, "keyId" | "callerUserId">;

/**
 * Takes every row of an avatar or a user, puts the tombstone in their place and notes who did it and which objects are
 * to go: one transaction, so that a crash leaves all or nothing of it. Whoever works on a run of his loses it here.
 *
 * @param by without it the audit log has the entry already
 */
export const eraseRows = (store: Pick<Store, "db">, scope: FileScope, by?: ErasedBy): Promise<RowCounts> =>
  store.db.transaction(async (tx) => {
    await lockOwner(tx, scope);
    await noteErasure(tx, scope);
    await wakeWatchers(tx, scope);
    const counts = await takeRows(tx, scope);
    if (by) await auditErasure(tx, scope, by);
    return counts;
  });

/** The same for what calls have written that were on their way. */
export const eraseLateRows = async (store: Pick<Store, "db">, scope: FileScope): Promise<void> => {
  await store.db.transaction((tx) => takeRows(tx, scope));
};

const takeRows = async (tx: Transaction, scope: FileScope): Promise<RowCounts> => {
  const counts = await deleteRows(tx, scope);
  await forgetMentions(tx, scope);
  return counts;
};

/**
 * Before anything else: whoever adds a row that names them has ended, and begins only after us. Adapters come before
 * runs, as everywhere (`lockAdapter` says why, and why not by their keys).
 */
const lockOwner = async (tx: Transaction, scope: FileScope): Promise<void> => {
  const { userId, avatarId } = scope;
  const theirs = and(
    eq(adapters.userId, userId),
    avatarId === null ? undefined : eq(adapters.avatarId, avatarId),
  );
  await tx.select().from(adapters).where(theirs).orderBy(asc(adapters.avatarId)).for("no key update");
  await tx.select({ id: runs.id }).from(runs).where(ofOwner(scope)).orderBy(asc(runs.id)).for("update");
  const ofAvatars = and(eq(avatars.userId, userId), avatarId === null ? undefined : eq(avatars.id, avatarId));
  await tx.select().from(avatars).where(ofAvatars).orderBy(asc(avatars.id)).for("update");
  if (avatarId === null) await tx.select().from(users).where(eq(users.id, userId)).for("update");
};

const noteErasure = async (tx: Transaction, scope: FileScope): Promise<void> => {
  const { hash, kind } = tombstoneOf(scope);
  await tx.insert(tombstones).values({ hash, kind }).onConflictDoNothing();
  const uploadIds = await uploadsOf(tx, scope);
  const fresh = { uploadIds, dueAt: sql`now()`, sweepsLeft: 2 };
  await tx
    .insert(erasures)
    .values({ hash, userId: scope.userId, avatarId: scope.avatarId, ...fresh })
    .onConflictDoUpdate({ target: erasures.hash, set: fresh });
};

/** Without the id: who asks later finds the entry by its hash. */
const auditErasure = async (tx: Transaction, scope: FileScope, by: ErasedBy): Promise<void> => {
  const action: AuditAction = scope.avatarId === null ? "user-erased" : "avatar-erased";
  await tx.insert(auditLog).values({ id: newId(), ...by, action, subject: tombstoneOf(scope).hash });
};

const uploadsOf = async (tx: Transaction, { userId, avatarId }: FileScope): Promise<string[]> => {
  const rows = await tx
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(eq(uploads.userId, userId), avatarId === null ? undefined : eq(uploads.avatarId, avatarId)));
  return rows.map(({ id }) => id);
};

const ofOwner = ({ userId, avatarId }: FileScope) =>
  and(eq(runs.userId, userId), avatarId === null ? undefined : eq(runs.avatarId, avatarId));

/** They look for their run, and find that it is gone. */
const wakeWatchers = async (tx: Transaction, scope: FileScope): Promise<void> => {
  const going = and(ofOwner(scope), notInArray(runs.status, terminalStatuses));
  await tx
    .select({ told: sql`pg_notify(${runEventsChannel}, ${runs.id})` })
    .from(runs)
    .where(going);
};

const deleteRows = async (tx: Transaction, scope: FileScope): Promise<RowCounts> => {
  const counts: RowCounts = {};
  for (const { kind, table, which } of ownedRows) {
    const owned = which(tx, scope);
    if (!owned) continue;
    const { rowCount } = await tx.delete(table).where(owned);
    if (rowCount) counts[kind] = rowCount;
  }
  return counts;
};
