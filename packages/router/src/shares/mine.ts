import { listSharesWith } from "@loraloom/store/access";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { shareSchema } from "./share-schemas.ts";

/** The avatars of others that are shared with the user now. */
export const mine = userProcedure("read", pageShape)
  .output(z.object({ shares: z.array(shareSchema), nextCursor }))
  .query(({ ctx, input }) => listSharesWith(ctx.store, ctx.userId, input));
