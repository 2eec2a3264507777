import { completeUpload } from "./complete-upload.ts";
import { createUpload } from "./create-upload.ts";
import { deleteProcedure } from "./delete.ts";
import { list } from "./list.ts";
import { setFlag } from "./set-flag.ts";
import { summary } from "./summary.ts";

export const trainingData = {
  createUpload,
  completeUpload,
  list,
  delete: deleteProcedure,
  summary,
  setFlag,
};
