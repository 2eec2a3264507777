import type { Store } from "@loraloom/store";
import { type AuditAction, type AuditEntry, writeAudit, writeAuditOnce } from "@loraloom/store/access";
import type { FileScope } from "@loraloom/store/keys";
import type { Caller } from "./caller.ts";

type Change = {
  action: AuditAction;
  /** Id or name of what was changed. */
  subject?: string;
};

type Changed = { store: Store; caller: Caller; avatar: FileScope };

/** Notes who changed what of an avatar, or of a user beside his avatars. */
export const audit = (changed: Changed, change: Change): Promise<void> =>
  writeAudit(changed.store, entryOf(changed, change));

/** The same for a call that comes again: it is noted unless its earlier try has. */
export const auditOnce = (changed: Changed, change: Required<Change>): Promise<void> =>
  writeAuditOnce(changed.store, entryOf(changed, change));

const entryOf = <Some extends Change>({ caller, avatar }: Changed, change: Some) => {
  const { userId, avatarId } = avatar;
  return { ...doneBy(caller), userId, ...(avatarId !== null && { avatarId }), ...change };
};

/** Who did it, as the audit log has it. */
export const doneBy = ({ keyId, userId }: Caller): Pick<AuditEntry, "keyId" | "callerUserId"> => ({
  ...(keyId !== null && { keyId }),
  ...(userId !== null && { callerUserId: userId }),
});
