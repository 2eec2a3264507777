import { listWebhooks } from "@loraloom/store/webhooks";
import { z } from "zod";
import { userProcedure } from "../procedure.ts";
import { toApiWebhook } from "./to-api-webhook.ts";
import { webhookSchema } from "./webhook-schemas.ts";

/** A user's webhooks, the oldest first; never their secrets. */
export const list = userProcedure("read", {})
  .output(z.object({ webhooks: z.array(webhookSchema) }))
  .query(async ({ ctx }) => ({ webhooks: (await listWebhooks(ctx.store, ctx.userId)).map(toApiWebhook) }));
