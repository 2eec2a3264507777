import { listAdapters } from "@loraloom/store/adapters";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { adapterSchema } from "./adapter-schemas.ts";

/** The adapters of all avatars of a user. */
export const list = userProcedure("read", pageShape)
  .output(z.object({ adapters: z.array(adapterSchema), nextCursor }))
  .query(({ ctx, input }) => listAdapters(ctx.store, ctx.userId, input));
