import { listUserSecrets } from "@loraloom/store/secrets";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { secretSchema } from "./secret-schemas.ts";

/** Which secrets the user has, and since when; never any of them. */
export const list = userProcedure("read", {})
  .output(z.object({ secrets: z.array(secretSchema) }))
  .query(async ({ ctx }) => ({ secrets: await listUserSecrets(ctx.store, ctx.userId) }));
