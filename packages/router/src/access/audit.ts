import type { Store } from "@loraloom/store";
import { writeAudit } from "@loraloom/store/access";
import type { AvatarScope } from "@loraloom/store/keys";
import type { Caller } from "./caller.ts";

type Change = {
  /** Noun and verb, such as `file-deleted`. */
  action: string;
  /** Id or name of what was changed. */
  subject?: string;
};

/** Notes which key changed what of an avatar. */
export const audit = (
  { store, caller, avatar }: { store: Store; caller: Caller; avatar: AvatarScope },
  change: Change,
): Promise<void> => writeAudit(store, { keyId: caller.keyId, ...avatar, ...change });
