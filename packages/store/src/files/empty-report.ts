import type { FileReport } from "../tables/index.ts";

/** A report of a file in which nothing was found; what is known is put over it. */
export const emptyReport: FileReport = {
  format: null,
  compressed: null,
  rows: 0,
  usableRows: 0,
  faultCount: 0,
  faults: [],
  warningCount: 0,
  warnings: [],
  duplicates: 0,
  rowKinds: { messages: 0, text: 0, preference: 0, labelled: 0 },
  speaker: null,
  speakers: [],
  dialogs: 0,
  unassignedDialogs: 0,
  characters: 0,
  longestCharacters: 0,
  pages: null,
};
