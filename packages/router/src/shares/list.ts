import { listShares } from "@loraloom/store/access";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { shareSchema } from "./share-schemas.ts";

/** With whom an avatar is shared, by user id; shares that have expired stay in the list. Only its owner may. */
export const list = avatarProcedure("read", pageShape, "own")
  .output(z.object({ shares: z.array(shareSchema), nextCursor }))
  .query(({ ctx, input }) => listShares(ctx.store, ctx.avatar, input));
