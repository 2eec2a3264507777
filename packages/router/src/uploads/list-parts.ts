import { listReceivedParts } from "@loraloom/store/uploads";
import { z } from "zod";
import { type About, folderProcedure } from "../files/folder-procedure.ts";
import { uploadIdShape } from "./upload-schemas.ts";

/** The parts that the object store has, each with the hash that it was signed for: the rest is still to be sent. */
export const makeListParts = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderProcedure(about, "read", uploadIdShape)
    .output(z.object({ parts: z.array(z.object({ number: z.int(), size: z.int(), sha256: z.string() })) }))
    .query(async ({ ctx: { store, folder, options } }) => ({
      parts: await listReceivedParts(store, folder, options.uploadId),
    }));
