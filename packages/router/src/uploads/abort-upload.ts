import { abortUpload } from "@loraloom/store/uploads";
import { z } from "zod";
import { type About, folderMutation } from "../files/folder-procedure.ts";
import { uploadIdShape } from "./upload-schemas.ts";

/** Ends an upload without a file and removes what came of it; `aborted: false`: it was completed before. */
export const makeAbortUpload = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", uploadIdShape)
    .meta({ again: true })
    .output(z.object({ aborted: z.boolean() }))
    .mutation(async ({ ctx: { store, folder, options } }) => ({
      aborted: await abortUpload(store, folder, options.uploadId),
    }));
