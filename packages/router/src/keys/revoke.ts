import { revokeApiKey, writeAudit } from "@loraloom/store/access";
import { doneBy } from "../access/audit.ts";
import { serviceMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { keySchema } from "./key-schemas.ts";
import { toApiKey } from "./to-api-key.ts";

/** Ends a key for good, at once. */
export const revoke = serviceMutation({ id: text.min(1).max(64) })
  .meta({ again: true })
  .output(keySchema)
  .mutation(async ({ ctx, input: { id } }) => {
    const record = await revokeApiKey(ctx.store, id);
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action: "key-revoked", subject: id });
    return toApiKey(record);
  });
