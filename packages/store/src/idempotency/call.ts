import { and, eq, type SQL } from "drizzle-orm";
import { idempotencyKeys } from "../tables/index.ts";

/** A call that may come again. Keys of different users have nothing to do with each other. */
export type Call = {
  /** Of the caller; empty for a call about the whole service. */
  userId: string;
  key: string;
  /** Whose things it is about, and which avatar: what is kept of the call goes with them. */
  ownerId: string | null;
  avatarId: string | null;
  procedure: string;
  /** Of all that was asked for. */
  requestHash: string;
  /** Other hashes that the same request may have been noted by. */
  formerHashes?: string[];
};

/** Whoever works on a call; one that was taken over by another process changes nothing any more. */
export type Claim = Pick<Call, "userId" | "key"> & { claimId: string };

/** How long an answer is kept. */
export const keptHours = 24;

export const ofKey = ({ userId, key }: Pick<Call, "userId" | "key">): SQL | undefined =>
  and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key));

export const ofClaim = (claim: Claim): SQL | undefined =>
  and(ofKey(claim), eq(idempotencyKeys.claimId, claim.claimId));
