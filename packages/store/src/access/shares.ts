import { LoraloomError } from "@loraloom/errors";
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { isErasedError, unlessErased } from "../erase/tombstones.ts";
import type { Answer } from "../gather.ts";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf, placeCursors } from "../page.ts";
import type { Database, Store } from "../store.ts";
import { shares } from "../tables/index.ts";
import { ensureAvatar, ensureUser } from "./avatars.ts";

/** An avatar, by its owner, and the user that it is shared with. */
export type ShareName = { ownerId: string; avatarId: string; userId: string };
export type Share = typeof shares.$inferSelect;
export type ShareInput = ShareName & Pick<Share, "role"> & { expiresAt?: Date | undefined };

const isNamed = ({ ownerId, avatarId, userId }: ShareName) =>
  and(eq(shares.ownerId, ownerId), eq(shares.avatarId, avatarId), eq(shares.userId, userId));

/** By the database's clock. */
const isLive = sql`(${shares.expiresAt} is null or ${shares.expiresAt} > now())`;

/**
 * Shares an avatar with a user, or changes how it is shared. Of somebody else nobody learns here that he was erased.
 *
 * @throws LoraloomError `share_refused`; `avatar_erased`, `user_erased` of the owner's
 */
export const setShare = async (store: Store, share: ShareInput): Promise<Share> => {
  const avatar = { userId: share.ownerId, avatarId: share.avatarId };
  await ensureAvatar(store, avatar);
  return unlessErased(store.db, avatar, () => shareWith(store, share));
};

const shareWith = async (store: Store, share: ShareInput): Promise<Share> => {
  const { userId } = share;
  try {
    await ensureUser(store, userId);
    return await unlessErased(store.db, { userId, avatarId: null }, () => writeShare(store, share));
  } catch (error) {
    throw isErasedError(error) ? shareRefused(userId) : error;
  }
};

const shareRefused = (userId: string): LoraloomError =>
  new LoraloomError("share_refused", `No avatar can be shared with '${userId}'.`, { details: { userId } });

const writeShare = async ({ db }: Store, { role, expiresAt, ...name }: ShareInput): Promise<Share> => {
  const given = { role, expiresAt: expiresAt ?? null };
  const [share] = await db
    .insert(shares)
    .values({ ...name, ...given })
    .onConflictDoUpdate({ target: [shares.ownerId, shares.avatarId, shares.userId], set: given })
    .returning();
  if (!share) throw new Error("An insert answered with no row.");
  return share;
};

/** Ends a share at once. @returns whether there was one */
export const removeShare = async ({ db }: Store, name: ShareName): Promise<boolean> => {
  const removed = await db.delete(shares).where(isNamed(name)).returning({ role: shares.role });
  return removed.length > 0;
};

const shareCursors = placeCursors("shares", 1);

/**
 * With whom an avatar is shared, those whose share has expired included; by user id.
 *
 * @throws LoraloomError `bad_input` for a cursor that is none of ours
 */
export const listShares = async (
  store: Store,
  { userId: ownerId, avatarId }: AvatarScope,
  { cursor, limit }: PageRequest,
): Promise<{ shares: Share[]; nextCursor: string | null }> => {
  const ofAvatar = and(eq(shares.ownerId, ownerId), eq(shares.avatarId, avatarId));
  const [after] = cursor === undefined ? [] : shareCursors.read(cursor);
  const isNext = after === undefined ? undefined : sql`${shares.userId} > ${after}`;
  const rows = await readShares(store, and(ofAvatar, isNext), limit);
  const { page, nextCursor } = pageOf(rows, limit, ({ userId }) => shareCursors.at(userId));
  return { shares: page, nextCursor };
};

const foreignShareCursors = placeCursors("shared with", 2);

/** What is shared with a user now; by owner and avatar. @throws LoraloomError `bad_input` of the cursor */
export const listSharesWith = async (
  store: Store,
  userId: string,
  { cursor, limit }: PageRequest,
): Promise<{ shares: Share[]; nextCursor: string | null }> => {
  const [ownerId = "", avatarId = ""] = cursor === undefined ? [] : foreignShareCursors.read(cursor);
  const after = sql`(${shares.ownerId}, ${shares.avatarId}) > (${ownerId}, ${avatarId})`;
  const rows = await readShares(store, and(eq(shares.userId, userId), isLive, after), limit);
  const cursorOf = (share: Share) => foreignShareCursors.at(share.ownerId, share.avatarId);
  const { page, nextCursor } = pageOf(rows, limit, cursorOf);
  return { shares: page, nextCursor };
};

const readShares = ({ db }: Store, condition: SQL | undefined, limit: number): Promise<Share[]> =>
  db
    .select()
    .from(shares)
    .where(condition)
    .orderBy(asc(shares.ownerId), asc(shares.avatarId), asc(shares.userId))
    .limit(limit + 1);

/**
 * The share by which a user may use another's avatar; an expired one is none. Nothing is remembered: the query that
 * answers begins after the call, so that a removal holds for every call after it.
 */
export const findShare = (store: Store, name: ShareName): Promise<Share | undefined> =>
  store.shareReads("shares", name);

/** Looks shares up by one query. */
export const findSharesTogether = async (
  db: Database,
  names: ShareName[],
): Promise<Answer<Share | undefined>[]> => {
  const columns = [
    names.map(({ ownerId }) => ownerId),
    names.map(({ avatarId }) => avatarId),
    names.map(({ userId }) => userId),
  ].map((values) => sql`${sql.param(values)}::text[]`);
  const asked = sql`select * from unnest(${sql.join(columns, sql`, `)})`;
  const rows = await db
    .select()
    .from(shares)
    .where(and(sql`(${shares.ownerId}, ${shares.avatarId}, ${shares.userId}) in (${asked})`, isLive));
  const found = new Map(rows.map((share) => [keyOf(share), share]));
  return names.map((name) => () => found.get(keyOf(name)));
};

const keyOf = ({ ownerId, avatarId, userId }: ShareName): string => [ownerId, avatarId, userId].join("/");
