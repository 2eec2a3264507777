import { readLineage } from "@loraloom/store/lineage";
import { visibleOf } from "../access/owner.ts";
import { avatarProcedure } from "../procedure.ts";
import { versionId } from "./adapter-schemas.ts";
import { lineageSchema } from "./upkeep-schemas.ts";

/** Where a version came from and what came out of it; the current version unless another is named. */
export const lineage = avatarProcedure("read", { version: versionId.optional() })
  .output(lineageSchema)
  .query(async ({ ctx, input }) => {
    const { ancestors, descendants, ...lineage } = await readLineage(ctx.store, ctx.avatar, input);
    return {
      ...lineage,
      ancestors: visibleOf(ctx, ancestors),
      descendants: visibleOf(ctx, descendants),
    };
  });
