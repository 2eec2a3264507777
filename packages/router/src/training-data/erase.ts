import { eraseFile } from "@loraloom/store/erase";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { visibleOf } from "../access/owner.ts";
import { avatarMutation } from "../procedure.ts";
import { runSchema } from "../train/run-schema.ts";
import { holderShape, readFileShape } from "./holder-schemas.ts";

/**
 * Deletes a file, and what runs have kept of it; runs that are still going fail with `dataset_erased`. The versions
 * and backups that hold what it taught are named and stay.
 */
export const erase = avatarMutation("write", readFileShape)
  .output(
    z.object({
      name: z.string(),
      /** The runs that had read it. */
      runs: z.array(runSchema.pick({ id: true, status: true })),
      ...holderShape,
    }),
  )
  .mutation(async ({ ctx, input }) => {
    const erased = await eraseFile(ctx.store, ctx.avatar, input);
    await audit(ctx, { action: "file-erased", subject: erased.name });
    const { versions, backups } = erased;
    return { ...erased, versions: visibleOf(ctx, versions), backups: visibleOf(ctx, backups) };
  });
