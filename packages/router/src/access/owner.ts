import { LoraloomError } from "@loraloom/errors";
import { type AvatarScope, checkAvatarId, checkUserId } from "@loraloom/store/keys";
import type { KeyScope } from "@loraloom/store/tables";
import type { Caller } from "./caller.ts";

/** @throws LoraloomError `missing_scope` */
export const requireScope = (caller: Caller, scope: KeyScope): void => {
  if (caller.scopes.includes(scope)) return;
  throw new LoraloomError(
    "missing_scope",
    `This needs a key with the scope '${scope}'; this one has: ${caller.scopes.join(", ") || "none"}.`,
    { details: { needed: scope, scopes: caller.scopes } },
  );
};

/** Keys are made and taken back by service keys only. @throws LoraloomError `missing_scope` */
export const requireService = (caller: Caller): void => {
  if (caller.userId === null) return;
  throw new LoraloomError("missing_scope", "This needs a service key; this one is the key of a user.");
};

/**
 * The one place that decides whose things a call is about.
 *
 * @throws LoraloomError `user_required` (a service key must name the user), `user_mismatch` (a user key
 * acts for its own user), `bad_user_id`
 */
export const ownerOf = (caller: Caller, userId: string | undefined): string => {
  if (userId !== undefined) checkUserId(userId);
  const owner = userId ?? caller.userId;
  if (owner === null) throw new LoraloomError("user_required", "userId is missing.");
  if (caller.userId !== null && owner !== caller.userId) {
    throw new LoraloomError("user_mismatch", `This key belongs to another user than '${owner}'.`, {
      details: { userId: owner },
    });
  }
  return owner;
};

/** The avatar a call is about. @throws as {@link ownerOf}, and `bad_avatar_id` */
export const avatarOf = (
  caller: Caller,
  { userId, avatarId }: { userId?: string | undefined; avatarId: string },
): AvatarScope => ({ userId: ownerOf(caller, userId), avatarId: checkAvatarId(avatarId) });
