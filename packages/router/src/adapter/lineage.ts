import { readLineage } from "@loraloom/store/lineage";
import { avatarProcedure } from "../procedure.ts";
import { versionId } from "./adapter-schemas.ts";
import { lineageSchema } from "./upkeep-schemas.ts";

/** Where a version came from and what came out of it; the current version unless another is named. */
export const lineage = avatarProcedure("read", { version: versionId.optional() })
  .output(lineageSchema)
  .query(({ ctx, input }) => readLineage(ctx.store, ctx.avatar, input));
