import { LoraloomError } from "@loraloom/errors";
import type { Store } from "@loraloom/store";
import { findShare } from "@loraloom/store/access";
import { type AvatarScope, checkAvatarId, checkUserId } from "@loraloom/store/keys";
import type { KeyScope, ShareRole } from "@loraloom/store/tables";
import type { Caller } from "./caller.ts";

/** What a call does with an avatar: a share allows the first, or the first two; only its owner has them all. */
export type Use = "read" | "change" | "own";

/** What a procedure does whose key needs that scope, unless it says that only the owner may call it. */
export const useOf = (scope: KeyScope): Use => (scope === "read" ? "read" : "change");

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
 * Decides whose things a call is about that are no single avatar's: a user has his own alone.
 *
 * @throws LoraloomError `user_required` (a service key must name the user), `user_mismatch` (a user key
 * acts for its own user), `bad_user_id`
 */
export const ownerOf = (caller: Caller, userId: string | undefined): string => {
  const owner = namedOwner(caller, userId);
  if (isForeign(caller, owner)) throw userMismatch(owner);
  return owner;
};

/** Whose things a call names; whether the caller may have them is decided elsewhere. @throws as {@link ownerOf} */
export const namedOwner = (caller: Caller, userId: string | undefined): string => {
  if (userId !== undefined) checkUserId(userId);
  const owner = userId ?? caller.userId;
  if (owner === null) throw new LoraloomError("user_required", "userId is missing.");
  return owner;
};

/** Whether a caller acts for another user than this one. */
const isForeign = (caller: Caller, userId: string): boolean =>
  caller.userId !== null && caller.userId !== userId;

const userMismatch = (userId: string): LoraloomError =>
  new LoraloomError("user_mismatch", `This key belongs to another user than '${userId}'.`, {
    details: { userId },
  });

/** Who asks, and where shares are looked up. */
export type Asking = { store: Store; caller: Caller };
type NamedAvatar = { userId?: string | undefined; avatarId: string };

/**
 * The one place that decides whether a call may be about an avatar: its owner's, a service key's, or that of a user
 * with whom it is shared. Without a share an avatar that is there is refused like one that is not.
 *
 * @throws LoraloomError as {@link ownerOf}, `bad_avatar_id`, `role_required` where the share allows less
 */
export const avatarOf = async (
  { store, caller }: Asking,
  { userId, avatarId }: NamedAvatar,
  use: Use,
): Promise<AvatarScope> => {
  const avatar = { userId: namedOwner(caller, userId), avatarId: checkAvatarId(avatarId) };
  if (caller.userId === null || caller.userId === avatar.userId) return avatar;
  const share = await findShare(store, {
    ownerId: avatar.userId,
    avatarId: avatar.avatarId,
    userId: caller.userId,
  });
  if (!share) throw userMismatch(avatar.userId);
  requireRole(share.role, use);
  return avatar;
};

const requireRole = (role: ShareRole, use: Use): void => {
  if (use === "read" || (use === "change" && role === "member")) return;
  const needed = use === "own" ? "owner" : "member";
  throw new LoraloomError(
    "role_required",
    `This needs the role '${needed}'; the avatar is shared with this user as '${role}'.`,
    { details: { needed, role } },
  );
};

export type AboutAvatar = Asking & { avatar: AvatarScope };

/**
 * Another avatar of the same owner that a call reads from.
 *
 * @throws LoraloomError as {@link avatarOf}
 */
export const otherAvatarOf = ({ avatar, ...asking }: AboutAvatar, avatarId: string): Promise<AvatarScope> =>
  avatarOf(asking, { userId: avatar.userId, avatarId }, "read");

/** What of a list about all avatars of an owner the caller sees: with a share, what is of the shared one. */
export const visibleOf = <Row extends { avatarId: string | null }>(
  { caller, avatar }: Pick<AboutAvatar, "caller" | "avatar">,
  rows: Row[],
): Row[] =>
  isForeign(caller, avatar.userId) ? rows.filter(({ avatarId }) => avatarId === avatar.avatarId) : rows;
