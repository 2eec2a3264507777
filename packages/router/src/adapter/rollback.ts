import { rollbackAdapter } from "@loraloom/store/adapters";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";
import { adapterSchema, versionId } from "./adapter-schemas.ts";

/** Makes the version before the current one current again, or the named one, a candidate too. */
export const rollback = avatarMutation("write", { version: versionId.optional() })
  .output(adapterSchema)
  .mutation(async ({ ctx, input }) => {
    const adapter = await rollbackAdapter(ctx.store, ctx.avatar, input);
    await audit(ctx, { action: "adapter-rolled-back", subject: adapter.currentVersion ?? "none" });
    return adapter;
  });
