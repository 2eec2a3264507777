import { createUpload } from "@loraloom/store/uploads";
import { z } from "zod";
import { fileName } from "../files/file-schemas.ts";
import { type About, folderMutation } from "../files/folder-procedure.ts";
import { sha256 } from "./upload-schemas.ts";

const uploadShape = {
  name: fileName,
  /** Bytes. */
  size: z.int().nonnegative(),
  type: z.string().min(1).max(255),
  /** Needed up to 64 MiB and left out above, where each part has its own. */
  sha256: sha256.optional(),
  /** Left out: a replaced file keeps its flag and a new one is used. */
  useForTraining: z.boolean().optional(),
};

const createdSchema = z.discriminatedUnion("method", [
  z.object({
    method: z.literal("put"),
    uploadId: z.string(),
    url: z.string(),
    /** To be sent as they are. */
    headers: z.record(z.string(), z.string()),
    /** When the URL ends. */
    expiresAt: z.date(),
  }),
  z.object({
    method: z.literal("multipart"),
    uploadId: z.string(),
    /** Bytes of every part but the last one. */
    partSize: z.int(),
    /** Parts are numbered from 1 to this. */
    parts: z.int(),
    /** Until when it can be completed. */
    expiresAt: z.date(),
  }),
]);

/**
 * Begins an upload straight to the object store: up to 64 MiB one signed PUT of exactly the described bytes, above it
 * parts, which are signed as they are sent.
 */
export const makeCreateUpload = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderMutation(about, "write", uploadShape)
    .meta({ answer: "anew" })
    .output(createdSchema)
    .mutation(({ ctx: { store, folder, options } }) => {
      const { type: contentType, ...described } = options;
      return createUpload(store, folder, { kind: folder.kind, ...described, contentType });
    });
