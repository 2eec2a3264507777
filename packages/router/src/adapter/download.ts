import { versionDownload } from "@loraloom/store/adapters";
import { downloadArchive } from "@loraloom/store/exports";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { downloadSchema, versionId } from "./adapter-schemas.ts";

/**
 * Presigned URLs of a version's files, or of one zip archive; the current version's unless another is named. They can
 * be opened until `expiresAt`, a quarter of an hour later, and what was begun then goes on: who fetches large files one
 * after the other asks again before each, naming the version.
 */
export const download = avatarProcedure("read", {
  version: versionId.optional(),
  /** One archive of the files and their manifest; the first call for a version waits until it is made. */
  archive: z.boolean().default(false),
})
  .output(downloadSchema)
  .query(async ({ ctx, input: { version: named, archive: wanted } }) => {
    if (!wanted) {
      const { versionId: version, ...download } = await versionDownload(ctx.store, ctx.avatar, {
        version: named,
      });
      return { version, archive: null, ...download };
    }
    const { versionId: version, ...download } = await downloadArchive(ctx.store, ctx.avatar, {
      version: named,
    });
    return { version, files: [], ...download };
  });
