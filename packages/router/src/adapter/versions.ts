import { listVersions } from "@loraloom/store/adapters";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { idPageShape, nextCursor } from "../schemas/page.ts";
import { versionSchema } from "./adapter-schemas.ts";
import { toApiVersion } from "./to-api-version.ts";

/** The versions trained since the adapter was made, the newest first. */
export const versions = avatarProcedure("read", idPageShape)
  .output(z.object({ versions: z.array(versionSchema), nextCursor }))
  .query(async ({ ctx, input }) => {
    const { versions, ...rest } = await listVersions(ctx.store, ctx.avatar, input);
    return { ...rest, versions: versions.map(toApiVersion) };
  });
