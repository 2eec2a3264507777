import { completeUpload as finishUpload } from "@loraloom/store/uploads";
import { audit } from "../access/audit.ts";
import { fileSchema } from "../files/file-schemas.ts";
import { inspect } from "../files/inspect.ts";
import { toApiFile } from "../files/to-api-file.ts";
import { avatarProcedure } from "../procedure.ts";
import { text } from "../schemas/text.ts";

/** Checks what was put and makes it the file that everybody sees; a second time gives the same file. */
export const completeUpload = avatarProcedure("write", { uploadId: text.min(1).max(64) })
  .output(fileSchema)
  .mutation(async ({ ctx, input: { uploadId } }) => {
    const file = await finishUpload(ctx.store, ctx.avatar, { uploadId, inspect });
    await audit(ctx, { action: "file-uploaded", subject: file.name });
    return toApiFile(file);
  });
