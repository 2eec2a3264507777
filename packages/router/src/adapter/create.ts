import { createAdapter } from "@loraloom/store/adapters";
import { audit } from "../access/audit.ts";
import { resolveBase } from "../deployment.ts";
import { avatarMutation } from "../procedure.ts";
import { text } from "../schemas/text.ts";
import { adapterSchema } from "./adapter-schemas.ts";

/** Longer than any model id of a hub, and than most paths. */
const longestModelId = 500;

/** Makes the avatar's adapter; its base is the server's own unless another is named. */
export const create = avatarMutation("write", {
  baseModel: text.min(1).max(longestModelId).optional(),
})
  .output(adapterSchema)
  .mutation(async ({ ctx, input }) => {
    const { baseModel } = await resolveBase(ctx, input.baseModel);
    const adapter = await createAdapter(ctx.store, ctx.avatar, { baseModel });
    await audit(ctx, { action: "adapter-created" });
    return adapter;
  });
