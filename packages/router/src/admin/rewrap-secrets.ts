import { writeAudit } from "@loraloom/store/access";
import { rewrapSecrets as rewrap } from "@loraloom/store/secrets";
import { z } from "zod";
import { doneBy } from "../access/audit.ts";
import { serviceMutation } from "../procedure.ts";

const count = z.int().nonnegative();

/** Puts every secret under the first key of the master key file, so that the others can be taken out of it. */
export const rewrapSecrets = serviceMutation({})
  .meta({ again: true })
  .output(
    z.object({
      /** The first key's id. */
      keyId: z.string(),
      rewrapped: count,
      /** Their master key is not in the file; they stay as they are. */
      unreadable: count,
    }),
  )
  .mutation(async ({ ctx }) => {
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action: "secrets-rewrapped" });
    return rewrap(ctx.store);
  });
