/** What one file may hold; beyond it the report says `too_large`. */
export const limits = {
  /** Also of what a gzip unpacks to. */
  fileBytes: 512 * 1024 * 1024,
  rowBytes: 1024 * 1024,
  rowsPerFile: 1_000_000,
  /** A dialog's replies need its earlier turns, so that one dialog is held in memory. */
  dialogBytes: 32 * 1024 * 1024,
  speakersPerFile: 10_000,
  /** A report stands in one database row and on one screen: it keeps the first faults and counts all. */
  reportedFaults: 100,
  reportedSpeakers: 100,
} as const;

export type Limits = { [limit in keyof typeof limits]: number };
