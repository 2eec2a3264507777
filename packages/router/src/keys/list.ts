import { listApiKeys } from "@loraloom/store/access";
import { checkUserId } from "@loraloom/store/keys";
import { z } from "zod";
import { serviceProcedure } from "../procedure.ts";
import { idPageShape, nextCursor } from "../schemas/page.ts";
import { keySchema } from "./key-schemas.ts";
import { toApiKey } from "./to-api-key.ts";

/** All keys, or one user's, the newest first; never the keys themselves. */
export const list = serviceProcedure({ userId: z.string().optional(), ...idPageShape })
  .output(z.object({ keys: z.array(keySchema), nextCursor }))
  .query(async ({ ctx, input: { userId, ...page } }) => {
    if (userId !== undefined) checkUserId(userId);
    const { keys, nextCursor } = await listApiKeys(ctx.store, { userId, ...page });
    return { keys: keys.map(toApiKey), nextCursor };
  });
