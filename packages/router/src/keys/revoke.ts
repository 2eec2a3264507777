import { revokeApiKey, writeAudit } from "@loraloom/store/access";
import { z } from "zod";
import { keyProcedure } from "../procedure.ts";
import { keySchema } from "./key-schemas.ts";

/** Ends a key for good, at once. */
export const revoke = keyProcedure({ id: z.string().min(1).max(64) })
  .output(keySchema)
  .mutation(async ({ ctx, input: { id } }) => {
    const record = await revokeApiKey(ctx.store, id);
    await writeAudit(ctx.store, { keyId: ctx.caller.keyId, action: "key-revoked", subject: id });
    return record;
  });
