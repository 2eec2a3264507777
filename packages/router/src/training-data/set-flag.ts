import { setFlags } from "@loraloom/store/files";
import { z } from "zod";
import { audit } from "../access/audit.ts";
import { avatarProcedure } from "../procedure.ts";
import { fileName, fileSchema } from "./file-schemas.ts";
import { toApiFile } from "./to-api-file.ts";

/** Says whether training reads a file. */
export const setFlag = avatarProcedure("write", { name: fileName, useForTraining: z.boolean() })
  .output(fileSchema)
  .mutation(async ({ ctx, input: { name, useForTraining } }) => {
    const [file] = await setFlags(ctx.store, ctx.avatar, [{ name, used: useForTraining }]);
    if (!file) throw new Error("A flag was set and no file came back.");
    await audit(ctx, { action: useForTraining ? "file-used" : "file-unused", subject: file.name });
    return toApiFile(file);
  });
