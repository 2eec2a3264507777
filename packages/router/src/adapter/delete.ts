import { deleteAdapter } from "@loraloom/store/adapters";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarMutation } from "../procedure.ts";

/** Deletes the adapter and ends its runs; training data stay. Only the avatar's owner may. */
export const deleteProcedure = avatarMutation("write", {}, "own")
  .output(z.object({ generation: z.int() }))
  .mutation(async ({ ctx }) => {
    const adapter = await deleteAdapter(ctx.store, ctx.avatar);
    await audit(ctx, { action: "adapter-deleted" });
    return adapter;
  });
