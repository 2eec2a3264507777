import type { StoredFile } from "@loraloom/store/files";
import type { z } from "zod";
import type { fileSchema } from "./file-schemas.ts";

/** A file as callers see it. */
export const toApiFile = (file: StoredFile): z.input<typeof fileSchema> => ({
  ...file,
  useForTraining: file.kind === "training_data" && file.used,
  type: file.contentType,
  // A file being deleted is not found any more; nobody is shown one.
  state: file.state === "inspecting" ? "inspecting" : "ready",
});
