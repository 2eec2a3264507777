import { writeAudit } from "@loraloom/store/access";
import { probeAgain } from "@loraloom/store/objects";
import { z } from "zod";
import { doneBy } from "../access/audit.ts";
import { serviceMutation } from "../procedure.ts";

/** Tries out again what the object store can do, as after a change of it. */
export const probe = serviceMutation({})
  .meta({ again: true })
  .output(
    z.object({
      /** The bucket and its server. */
      place: z.string(),
      checks: z.array(
        z.object({
          name: z.string(),
          /** Nothing works without it. */
          needed: z.boolean(),
          /** What the store does instead; null: it passed. */
          fault: z.string().nullable(),
        }),
      ),
    }),
  )
  .mutation(async ({ ctx }) => {
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action: "storage-probed" });
    return probeAgain(ctx.store);
  });
