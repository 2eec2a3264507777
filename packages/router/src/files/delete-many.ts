import { deleteFiles } from "@loraloom/store/files";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { fileNames } from "./file-schemas.ts";
import { type About, folderMutation } from "./folder-procedure.ts";

/** Deletes the named files, all or none. */
export const makeDeleteMany = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", { names: fileNames })
    .output(z.object({ deleted: z.int() }))
    .mutation(async ({ ctx }) => {
      const { store, folder, options } = ctx;
      const names = await deleteFiles(store, folder, options.names);
      await audit(ctx, { action: "files-deleted", subject: `${names.length} of ${folder.kind}` });
      return { deleted: names.length };
    });
