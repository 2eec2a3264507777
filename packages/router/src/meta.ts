import type { KeyScope } from "@loraloom/store/tables";
import type { RepeatMeta } from "./idempotency/meta.ts";

/** Who may call a procedure, for its description; what is enforced stands in `access/owner.ts`. */
export type AccessMeta = {
  scope?: KeyScope;
  /** Where the scope is not enough: the owner of the avatar, whatever is shared, or a service key. */
  only?: "owner" | "service";
};

/** What is said of a procedure beside its input and its answer. */
export type Meta = AccessMeta & RepeatMeta;
