import { z } from "zod";

const count = z.int().nonnegative();

export const erasureShape = {
  /** The id of what is to be erased, once more: it can't be undone. Not needed with `dryRun`. */
  confirm: z.string().max(200).optional(),
  /** Only say what there is. */
  dryRun: z.boolean().default(false),
};

export const erasureSchema = z.object({
  dryRun: z.boolean(),
  /** A hash of the id, which is all that stays. */
  tombstone: z.string(),
  /** Rows of the tables by what they are. */
  rows: z.record(z.string(), count),
  objects: count,
  /** Of the objects. */
  bytes: count,
  /** Whether they are gone; if not, a side job goes on. */
  objectsRemoved: z.boolean(),
  /** Versions of other avatars that came out of erased ones: they stay. */
  leftVersions: z.array(
    z.object({ version: z.string(), avatarId: z.string(), how: z.enum(["restored", "warm-start"]) }),
  ),
});
