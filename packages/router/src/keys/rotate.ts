import { rotateApiKey } from "@loraloom/store/access";
import { z } from "zod";
import { serviceMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { auditKey } from "./audit-key.ts";
import { newKeySchema } from "./key-schemas.ts";
import { toApiKey } from "./to-api-key.ts";

const day = 86_400;

/**
 * Gives a key another secret, with the same rights and the same expiry. The secret before it opens as much for a
 * while, so that what uses it can be changed meanwhile.
 */
export const rotate = serviceMutation({
  id: text.min(1).max(64),
  /** How long the secret before it still opens; 0: it ends at once. */
  overlapSeconds: z
    .int()
    .min(0)
    .max(30 * day)
    .default(day),
})
  .meta({ answer: "next-secret" })
  .output(newKeySchema.extend({ previousUntil: z.date().nullable() }))
  .mutation(async ({ ctx, input }) => {
    const { key, record } = await rotateApiKey(ctx.store, input);
    await auditKey(ctx, record, "key-rotated");
    return { ...toApiKey(record), key };
  });
