import { writeAudit } from "@loraloom/store/access";
import { requestDrain } from "@loraloom/store/workers";
import { z } from "zod";
import { doneBy } from "../access/audit.ts";
import { serviceMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";

/**
 * Has a worker take nothing new, hand its runs back from a checkpoint and let its chats finish, or work again. The
 * worker follows within seconds; `health` tells how far it is. One that starts anew has another id and works.
 */
export const drainWorker = serviceMutation({
  workerId: text.min(1).max(64),
  /** false: it may work again. */
  drain: z.boolean(),
})
  .meta({ again: true })
  .output(z.object({ id: z.string(), drainRequested: z.boolean() }))
  .mutation(async ({ ctx, input: { workerId, drain } }) => {
    const { id, drainRequested } = await requestDrain(ctx.store, workerId, drain);
    const action = drain ? "worker-drained" : "worker-opened";
    await writeAudit(ctx.store, { ...doneBy(ctx.caller), action, subject: id });
    return { id, drainRequested };
  });
