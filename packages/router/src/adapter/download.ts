import { versionDownload } from "@loraloom/store/adapters";
import { avatarProcedure } from "../procedure.ts";
import { downloadSchema, versionId } from "./adapter-schemas.ts";

/** Presigned URLs of a version's files; the current version's unless another is named. */
export const download = avatarProcedure("read", { version: versionId.optional() })
  .output(downloadSchema)
  .query(async ({ ctx, input }) => {
    const { versionId: version, files, expiresAt } = await versionDownload(ctx.store, ctx.avatar, input);
    return { version, files, expiresAt };
  });
