import type { Store } from "@loraloom/store";
import { writeAudit } from "@loraloom/store/access";
import type { FileScope } from "@loraloom/store/keys";
import type { Caller } from "./caller.ts";

type Change = {
  /** Noun and verb, such as `file-deleted`. */
  action: string;
  /** Id or name of what was changed. */
  subject?: string;
};

type Changed = { store: Store; caller: Caller; avatar: FileScope };

/** Notes which key changed what of an avatar, or of a user beside his avatars. */
export const audit = ({ store, caller, avatar }: Changed, change: Change): Promise<void> => {
  const { userId, avatarId } = avatar;
  return writeAudit(store, {
    keyId: caller.keyId,
    userId,
    ...(avatarId !== null && { avatarId }),
    ...change,
  });
};
