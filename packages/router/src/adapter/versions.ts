import { listVersions } from "@loraloom/store/adapters";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { versionSchema } from "./adapter-schemas.ts";

/** The versions trained since the adapter was made, the newest first. */
export const versions = avatarProcedure("read", pageShape)
  .output(z.object({ versions: z.array(versionSchema), nextCursor }))
  .query(({ ctx, input }) => listVersions(ctx.store, ctx.avatar, input));
