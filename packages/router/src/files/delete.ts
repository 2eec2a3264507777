import { deleteFile } from "@loraloom/store/files";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { fileName } from "./file-schemas.ts";
import { type About, folderMutation } from "./folder-procedure.ts";

/** Deletes one file. Versions that learned from it stay. */
export const makeDelete = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", { name: fileName })
    .output(z.object({ name: z.string() }))
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      await deleteFile(store, folder, { kind: folder.kind, name: options.name });
      await audit(ctx, { action: "file-deleted", subject: options.name });
      return options;
    });
