import type { z } from "zod";
import type { About } from "../files/folder-procedure.ts";
import { makeAbortUpload } from "./abort-upload.ts";
import { makeCompleteUpload } from "./complete-upload.ts";
import { makeCreateUpload } from "./create-upload.ts";
import { makeGetUpload } from "./get-upload.ts";
import { makeListParts } from "./list-parts.ts";
import { makePresignParts } from "./presign-parts.ts";

/** What brings files into the folders that a set of procedures is about. */
export const makeUploads = <Shape extends z.ZodRawShape>(about: About<Shape>) => ({
  createUpload: makeCreateUpload(about),
  getUpload: makeGetUpload(about),
  presignParts: makePresignParts(about),
  listParts: makeListParts(about),
  completeUpload: makeCompleteUpload(about),
  abortUpload: makeAbortUpload(about),
});
