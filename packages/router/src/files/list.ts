import { listFiles } from "@loraloom/store/files";
import { z } from "zod";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { text } from "../schemas/text.ts";
import { fileSchema } from "./file-schemas.ts";
import { type About, folderProcedure } from "./folder-procedure.ts";
import { toApiFile } from "./to-api-file.ts";

/** Which files of a folder. */
export const filterShape = {
  filter: z.enum(["all", "used", "unused"]).default("all"),
  prefix: text.max(1_000).optional(),
};

/** Files page by page, by name unless another order is asked for. */
export const makeList = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderProcedure(about, "read", {
    ...filterShape,
    sort: z.enum(["name", "size", "createdAt", "updatedAt"]).default("name"),
    descending: z.boolean().default(false),
    ...pageShape,
  })
    .output(z.object({ files: z.array(fileSchema), nextCursor }))
    .query(async ({ ctx: { store, folder, options } }) => {
      const page = await listFiles(store, folder, { ...options, kind: folder.kind });
      return { files: page.files.map(toApiFile), nextCursor: page.nextCursor };
    });
