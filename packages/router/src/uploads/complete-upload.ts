import { completeUpload } from "@loraloom/store/uploads";
import type { z } from "zod";
import { audit } from "../access/audit.ts";
import { fileSchema } from "../files/file-schemas.ts";
import { type About, folderMutation } from "../files/folder-procedure.ts";
import { toApiFile } from "../files/to-api-file.ts";
import { inspect } from "../inspection/inspect.ts";
import { uploadIdShape } from "./upload-schemas.ts";

/** Checks what was put and makes it the file that everybody sees; a second time gives the same file. */
export const makeCompleteUpload = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", uploadIdShape)
    .meta({ again: true })
    .output(fileSchema)
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      const file = await completeUpload(store, folder, { ...options, inspect });
      await audit(ctx, { action: "file-uploaded", subject: file.name });
      return toApiFile(file);
    });
