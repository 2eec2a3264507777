import { writeAudit } from "@loraloom/store/access";
import { rebuild as rebuildTables } from "@loraloom/store/rebuild";
import { z } from "zod";
import { doneBy } from "../access/audit.ts";
import { inspect } from "../inspection/inspect.ts";
import { serviceMutation } from "../procedure.ts";

const count = z.int().nonnegative();

/**
 * Refills the tables from the object store, as after a loss of the database. It answers when it is through, may be
 * called again at any time, and counts what was not known before.
 */
export const rebuild = serviceMutation({})
  .meta({ again: true })
  .output(
    z.object({
      /** All that were looked at. */
      avatars: count,
      adapters: count,
      versions: count,
      backups: count,
      runs: count,
      files: z.object({ adopted: count, changed: count, missing: count, skipped: count }),
      /** Avatars that have more files than they may have, and of the first thousand by how many. */
      surplus: z.object({
        count,
        first: z.array(z.object({ userId: z.string(), avatarId: z.string(), files: count })),
      }),
      /** Objects that nothing could be made of, and the first thousand of them. */
      damaged: z.object({ count, first: z.array(z.object({ key: z.string(), reason: z.string() })) }),
    }),
  )
  .mutation(async ({ ctx }) => {
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action: "tables-rebuilt" });
    return rebuildTables(ctx.store, { inspect });
  });
