import { and, eq } from "drizzle-orm";
import { requireNotErased } from "../erase/tombstones.ts";
import type { AvatarScope, FileScope } from "../keys/index.ts";
import type { Executor } from "../store.ts";
import { avatars, users } from "../tables/index.ts";

/**
 * Users come into being with first use.
 *
 * @throws LoraloomError `user_erased`
 */
export const ensureUser = async (store: { db: Executor }, userId: string): Promise<void> => {
  const [known] = await store.db.select({ id: users.id }).from(users).where(eq(users.id, userId));
  if (known) return;
  await requireNotErased(store.db, { userId, avatarId: null });
  await store.db.insert(users).values({ id: userId }).onConflictDoNothing();
};

/**
 * Avatars come into being with first use, and their users with them.
 *
 * @throws LoraloomError `avatar_erased`, `user_erased`
 */
export const ensureAvatar = async (
  store: { db: Executor },
  { userId, avatarId }: AvatarScope,
): Promise<void> => {
  const here = and(eq(avatars.userId, userId), eq(avatars.id, avatarId));
  const [known] = await store.db.select({ id: avatars.id }).from(avatars).where(here);
  if (known) return;
  await requireNotErased(store.db, { userId, avatarId });
  await ensureUser(store, userId);
  await store.db.insert(avatars).values({ userId, id: avatarId }).onConflictDoNothing();
};

/** An avatar or a user, whichever the scope names. */
export const ensureScope = (store: { db: Executor }, { userId, avatarId }: FileScope): Promise<void> =>
  avatarId === null ? ensureUser(store, userId) : ensureAvatar(store, { userId, avatarId });
