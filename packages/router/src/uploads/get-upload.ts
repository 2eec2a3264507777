import { getUpload } from "@loraloom/store/uploads";
import { z } from "zod";
import { type About, folderProcedure } from "../files/folder-procedure.ts";
import { uploadIdShape } from "./upload-schemas.ts";

const progressSchema = z.object({
  uploadId: z.string(),
  name: z.string(),
  /** The folder that the file is for. */
  kind: z.string(),
  /** Bytes. */
  size: z.int(),
  type: z.string(),
  /** `completing` and `completed`: completeUpload gives the file. */
  state: z.enum(["open", "completing", "completed", "failed", "expired", "aborted"]),
  method: z.enum(["put", "multipart"]),
  /** Of a multipart upload; null of a put. */
  partSize: z.int().nullable(),
  parts: z.int().nullable(),
  createdAt: z.date(),
  /** Until when it can be completed. */
  expiresAt: z.date(),
});

/** An upload as it was begun, for whoever takes it up again. */
export const makeGetUpload = <Shape extends z.ZodRawShape>(about: About<Shape>) =>
  folderProcedure(about, "read", uploadIdShape)
    .output(progressSchema)
    .query(async ({ ctx: { store, folder, options } }) => {
      const { contentType: type, ...upload } = await getUpload(store, folder, options.uploadId);
      return { ...upload, type };
    });
