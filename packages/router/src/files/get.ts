import { getFile } from "@loraloom/store/files";
import type { z } from "zod";
import { fileName, fileSchema } from "./file-schemas.ts";
import { type About, folderProcedure } from "./folder-procedure.ts";
import { toApiFile } from "./to-api-file.ts";

/** One file with its report. */
export const makeGet = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderProcedure(about, "read", { name: fileName })
    .output(fileSchema)
    .query(async ({ ctx: { store, folder, options } }) =>
      toApiFile(await getFile(store, folder, { kind: folder.kind, name: options.name })),
    );
