import { revokeApiKey } from "@loraloom/store/access";
import { serviceMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { auditKey } from "./audit-key.ts";
import { keySchema } from "./key-schemas.ts";
import { toApiKey } from "./to-api-key.ts";

/** Ends a key for good, at once. */
export const revoke = serviceMutation({ id: text.min(1).max(64) })
  .meta({ again: true })
  .output(keySchema)
  .mutation(async ({ ctx, input: { id } }) => {
    const record = await revokeApiKey(ctx.store, id);
    await auditKey(ctx, record, "key-revoked");
    return toApiKey(record);
  });
