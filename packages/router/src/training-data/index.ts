import { aboutDatasets, aboutTrainingData } from "../files/about-folders.ts";
import { makeDelete } from "../files/delete.ts";
import { makeDeleteMany } from "../files/delete-many.ts";
import { makeDeleteUnflagged } from "../files/delete-unflagged.ts";
import { makeDownload } from "../files/download.ts";
import { makeGet } from "../files/get.ts";
import { makeList } from "../files/list.ts";
import { makeSetFlag, makeSetFlags } from "../files/set-flags.ts";
import { makeSync } from "../files/sync.ts";
import { makeUploads } from "../uploads/index.ts";
import { copyFrom } from "./copy-from.ts";
import { erase } from "./erase.ts";
import { recommend } from "./recommend.ts";
import { summary } from "./summary.ts";
import { validate } from "./validate.ts";
import { versionsWith } from "./versions-with.ts";

export const trainingData = {
  ...makeUploads(aboutDatasets),
  list: makeList(aboutDatasets),
  get: makeGet(aboutDatasets),
  download: makeDownload(aboutDatasets),
  delete: makeDelete(aboutDatasets),
  deleteMany: makeDeleteMany(aboutDatasets),
  deleteUnflagged: makeDeleteUnflagged(aboutTrainingData),
  setFlag: makeSetFlag(aboutTrainingData),
  setFlags: makeSetFlags(aboutTrainingData),
  summary,
  validate,
  recommend,
  sync: makeSync(aboutDatasets),
  copyFrom,
  erase,
  versionsWith,
};
