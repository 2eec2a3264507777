import { z } from "zod";

/** `member` reads, writes and trains; `read-only` reads. Neither shares the avatar or deletes its adapter. */
export const role = z.enum(["member", "read-only"]);

export const shareSchema = z.object({
  /** Whose avatar; the one with whom it is shared names it as userId. */
  ownerId: z.string(),
  avatarId: z.string(),
  /** With whom. */
  userId: z.string(),
  role,
  createdAt: z.date(),
  /** null: it lasts until it is removed. */
  expiresAt: z.date().nullable(),
});
