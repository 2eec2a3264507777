import type { Store } from "@loraloom/store";
import { type AuditAction, type AuditEntry, writeAudit } from "@loraloom/store/access";
import type { FileScope } from "@loraloom/store/keys";
import type { Caller } from "./caller.ts";

type Change = {
  action: AuditAction;
  /** Id or name of what was changed. */
  subject?: string;
};

type Changed = { store: Store; caller: Caller; avatar: FileScope };

/** Notes who changed what of an avatar, or of a user beside his avatars. */
export const audit = ({ store, caller, avatar }: Changed, change: Change): Promise<void> => {
  const { userId, avatarId } = avatar;
  return writeAudit(store, {
    ...doneBy(caller),
    userId,
    ...(avatarId !== null && { avatarId }),
    ...change,
  });
};

/** Who did it, as the audit log has it. */
export const doneBy = ({ keyId, userId }: Caller): Pick<AuditEntry, "keyId" | "callerUserId"> => ({
  ...(keyId !== null && { keyId }),
  ...(userId !== null && { callerUserId: userId }),
});
