import { deleteUnflagged } from "@loraloom/store/files";
import type { FlaggedFolder } from "@loraloom/store/keys";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { type About, folderMutation } from "./folder-procedure.ts";

/** Deletes every file that is not flagged, or with `dryRun` says which they are. */
export const makeDeleteUnflagged = <Shape extends z.ZodRawShape>(about: About<Shape, FlaggedFolder>) =>
  folderMutation(about, "write", { dryRun: z.boolean().default(false) })
    .output(
      z.object({
        /** The first thousand. */
        names: z.array(z.string()),
        count: z.int(),
        bytes: z.int(),
        dryRun: z.boolean(),
      }),
    )
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      const unflagged = await deleteUnflagged(store, folder, options);
      if (!options.dryRun) {
        await audit(ctx, {
          action: "files-deleted",
          subject: `${unflagged.count} unflagged of ${folder.kind}`,
        });
      }
      return { ...unflagged, ...options };
    });
