import { makeUploads } from "../uploads/index.ts";
import { aboutFiles, aboutFlaggedFiles } from "./about-folders.ts";
import { makeDelete } from "./delete.ts";
import { makeDeleteMany } from "./delete-many.ts";
import { makeDeleteUnflagged } from "./delete-unflagged.ts";
import { makeDownload } from "./download.ts";
import { makeGet } from "./get.ts";
import { makeList } from "./list.ts";
import { makeSetFlag, makeSetFlags } from "./set-flags.ts";
import { summary } from "./summary.ts";
import { makeSync } from "./sync.ts";

export const files = {
  ...makeUploads(aboutFiles),
  list: makeList(aboutFiles),
  get: makeGet(aboutFiles),
  download: makeDownload(aboutFiles),
  delete: makeDelete(aboutFiles),
  deleteMany: makeDeleteMany(aboutFiles),
  deleteUnflagged: makeDeleteUnflagged(aboutFlaggedFiles),
  setFlag: makeSetFlag(aboutFlaggedFiles),
  setFlags: makeSetFlags(aboutFlaggedFiles),
  summary,
  sync: makeSync(aboutFiles),
};
