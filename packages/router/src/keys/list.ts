import { listApiKeys } from "@loraloom/store/access";
import { checkUserId } from "@loraloom/store/keys";
import { z } from "zod";
import { keyProcedure } from "../procedure.ts";
import { keySchema } from "./key-schemas.ts";

/** All keys, or one user's, the newest first; never the keys themselves. */
export const list = keyProcedure({ userId: z.string().optional() })
  .output(z.object({ keys: z.array(keySchema) }))
  .query(async ({ ctx, input: { userId } }) => {
    if (userId !== undefined) checkUserId(userId);
    return { keys: await listApiKeys(ctx.store, { userId }) };
  });
