import { hashRow } from "./row-hash.ts";
import type { CanonicalRow } from "./rows.ts";

export type Split = "train" | "evaluation";

/**
 * Which part of a split a row belongs to; `share` (0 to 1) is the part held out.
 *
 * By the row's content alone: equal rows never stand on both sides, and a row keeps its side
 * when others are added, reordered or moved to another file.
 */
export const assignSplit = (row: CanonicalRow, { share, seed }: { share: number; seed: number }): Split => {
  const [word] = hashRow(row, seed);
  return (word >>> 0) / 2 ** 32 < share ? "evaluation" : "train";
};
