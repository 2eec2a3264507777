import { createUpload as beginUpload } from "@loraloom/store/uploads";
import { z } from "zod";
import { fileName } from "../files/file-schemas.ts";
import { avatarProcedure } from "../procedure.ts";
import { kindShape } from "./file-schemas.ts";

/** Signs one PUT that takes exactly the described bytes, straight to the object store. */
export const createUpload = avatarProcedure("write", {
  ...kindShape,
  name: fileName,
  /** Bytes. */
  size: z.int().nonnegative(),
  type: z.string().min(1).max(255),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits"),
  /** Left out: a replaced file keeps its flag and a new one is used. */
  useForTraining: z.boolean().optional(),
})
  .output(
    z.object({
      uploadId: z.string(),
      method: z.literal("PUT"),
      url: z.string(),
      /** To be sent as they are. */
      headers: z.record(z.string(), z.string()),
      /** When the URL ends. */
      expiresAt: z.date(),
    }),
  )
  .mutation(({ ctx, input: { type, sha256, ...input } }) =>
    beginUpload(ctx.store, ctx.avatar, { ...input, contentType: type, sha256: sha256.toLowerCase() }),
  );
