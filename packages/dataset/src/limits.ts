/** What one file may hold; beyond it the report says `too_large`. */
export const limits = {
  fileBytes: 512 * 1024 * 1024,
  rowBytes: 1024 * 1024,
  rowsPerFile: 1_000_000,
  /** A report stands in one database row and on one screen: it keeps the first faults and counts all. */
  reportedFaults: 100,
} as const;

export type Limits = { [limit in keyof typeof limits]: number };
