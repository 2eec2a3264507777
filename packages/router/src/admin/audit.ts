import { auditActions, listAudit } from "@loraloom/store/access";
import { z } from "zod";
import { serviceProcedure } from "../procedure.ts";
import { knownWord } from "../schemas/known-options.ts";
import { idPageShape, nextCursor } from "../schemas/page.ts";
import { storedDate } from "../schemas/stored-date.ts";
import { text } from "../schemas/text.ts";

const word = text.min(1).max(300).optional();

/** Who changed what, the newest first. */
export const audit = serviceProcedure({
  /** Whose things were changed, and of which avatar. */
  userId: word,
  avatarId: word,
  /** Who changed them. */
  keyId: word,
  callerUserId: word,
  /** Noun and verb, such as `file-deleted`. */
  action: knownWord(auditActions).optional(),
  from: storedDate.optional(),
  /** Not included. */
  to: storedDate.optional(),
  ...idPageShape,
})
  .output(
    z.object({
      entries: z.array(
        z.object({
          id: z.string(),
          at: z.date(),
          /** null: a token of another sign-in. */
          keyId: z.string().nullable(),
          /** null: a service key, or somebody before this was written down. */
          callerUserId: z.string().nullable(),
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
