import { presignParts } from "@loraloom/store/uploads";
import { z } from "zod";
import { type About, folderMutation } from "../files/folder-procedure.ts";
import { sha256, uploadIdShape } from "./upload-schemas.ts";

/** For one call. */
const mostParts = 100;

const partsShape = {
  ...uploadIdShape,
  /** `sha256`: of the part's bytes; an upload takes no others for it from then on. */
  parts: z
    .array(z.object({ number: z.int().positive(), sha256 }))
    .min(1)
    .max(mostParts),
};

/** Signs PUTs of parts, each of exactly its bytes; a part can be signed again. */
export const makePresignParts = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", partsShape)
    .meta({ answer: "anew" })
    .output(
      z.object({
        parts: z.array(
          z.object({
            number: z.int(),
            /** Bytes. */
            size: z.int(),
            url: z.string(),
            /** To be sent as they are. */
            headers: z.record(z.string(), z.string()),
          }),
        ),
        /** When the URLs end. */
        expiresAt: z.date(),
      }),
    )
    .mutation(({ ctx: { store, folder, options } }) => presignParts(store, folder, options));
