import { listAudit } from "@loraloom/store/access";
import { z } from "zod";
import { serviceProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { text } from "../schemas/text.ts";

const word = text.min(1).max(300).optional();

/** Who changed what, the newest first. */
export const audit = serviceProcedure({
  /** Whose things were changed, and of which avatar. */
  userId: word,
  avatarId: word,
  /** Who changed them. */
  keyId: word,
  /** Noun and verb, such as `file-deleted`. */
  action: word,
  from: z.date().optional(),
  /** Not included. */
  to: z.date().optional(),
  ...pageShape,
})
  .output(
    z.object({
      entries: z.array(
        z.object({
          id: z.string(),
          at: z.date(),
          keyId: z.string().nullable(),
          userId: z.string().nullable(),
          avatarId: z.string().nullable(),
          action: z.string(),
          /** Id or name of what was changed. */
          subject: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
  )
  .query(({ ctx, input: { cursor, limit, ...filter } }) => listAudit(ctx.store, filter, { cursor, limit }));
