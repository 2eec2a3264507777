import { adapterInfo } from "@loraloom/store/adapters";
import { avatarProcedure } from "../procedure.ts";
import { infoSchema } from "./upkeep-schemas.ts";

/** The adapter, its current version with metrics and lineage in short, and how much of everything there is. */
export const info = avatarProcedure("read", {})
  .output(infoSchema)
  .query(({ ctx }) => adapterInfo(ctx.store, ctx.avatar));
