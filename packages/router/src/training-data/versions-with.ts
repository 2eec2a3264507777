import { versionsWith as findHolders } from "@loraloom/store/lineage";
import { z } from "zod";
import { visibleOf } from "../access/owner.ts";
import { avatarProcedure } from "../procedure.ts";
import { holderShape, readFileShape } from "./holder-schemas.ts";

/**
 * Which versions and backups learned from a file, through restores and warm starts too. A file that was replaced or
 * deleted since can be asked for as well.
 */
export const versionsWith = avatarProcedure("read", readFileShape)
  .output(z.object(holderShape))
  .query(async ({ ctx, input }) => {
    const { versions, backups } = await findHolders(ctx.store, ctx.avatar, input);
    return { versions: visibleOf(ctx, versions), backups: visibleOf(ctx, backups) };
  });
