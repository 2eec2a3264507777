import { deleteFile } from "@loraloom/store/files";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarProcedure } from "../procedure.ts";
import { fileName, kindShape } from "./file-schemas.ts";

/** Deletes one file. Versions that learned from it stay. */
export const deleteProcedure = avatarProcedure("write", { ...kindShape, name: fileName })
  .output(z.object({ name: z.string() }))
  .mutation(async ({ ctx, input: { kind, name } }) => {
    await deleteFile(ctx.store, ctx.avatar, { kind, name });
    await audit(ctx, { action: "file-deleted", subject: name });
    return { name };
  });
