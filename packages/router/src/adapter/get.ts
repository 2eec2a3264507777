import { getAdapter } from "@loraloom/store/adapters";
import { avatarProcedure } from "../procedure.ts";
import { adapterSchema } from "./adapter-schemas.ts";

export const get = avatarProcedure("read", {})
  .output(adapterSchema)
  .query(({ ctx }) => getAdapter(ctx.store, ctx.avatar));
