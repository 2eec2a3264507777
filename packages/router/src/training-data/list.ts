import { listFiles } from "@loraloom/store/files";
import { z } from "zod";
import { avatarProcedure } from "../procedure.ts";
import { nextCursor, pageShape } from "../schemas/page.ts";
import { text } from "../schemas/text.ts";
import { fileSchema, kindShape } from "./file-schemas.ts";
import { toApiFile } from "./to-api-file.ts";

/** Files in the order of their names. */
export const list = avatarProcedure("read", {
  ...kindShape,
  filter: z.enum(["all", "used", "unused"]).default("all"),
  prefix: text.max(1_000).optional(),
  ...pageShape,
})
  .output(z.object({ files: z.array(fileSchema), nextCursor }))
  .query(async ({ ctx, input }) => {
    const page = await listFiles(ctx.store, ctx.avatar, input);
    return { files: page.files.map(toApiFile), nextCursor: page.nextCursor };
  });
