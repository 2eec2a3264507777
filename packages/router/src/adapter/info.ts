import { adapterInfo } from "@loraloom/store/adapters";
import { avatarProcedure } from "../procedure.ts";
import { toApiVersion } from "./to-api-version.ts";
import { infoSchema } from "./upkeep-schemas.ts";

/** The adapter, its current version with metrics and lineage in short, and how much of everything there is. */
export const info = avatarProcedure("read", {})
  .output(infoSchema)
  .query(async ({ ctx }) => {
    const { current, ...rest } = await adapterInfo(ctx.store, ctx.avatar);
    return { ...rest, current: current && toApiVersion(current) };
  });
