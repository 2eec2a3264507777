import { createHash } from "node:crypto";
import type { CanonicalRow } from "./rows.ts";

export type Split = "train" | "evaluation";

/** 48 bits: as many as a double divides exactly. */
const hashBytes = 6;

/**
 * Which part of a split a row belongs to; `share` (0 to 1) is the part held out.
 *
 * By the row's content alone: equal rows never stand on both sides, and a row keeps its side
 * when others are added, reordered or moved to another file.
 */
export const assignSplit = (row: CanonicalRow, { share, seed }: { share: number; seed: number }): Split => {
  const { source: _, ...content } = row;
  const hash = createHash("sha256")
    .update(JSON.stringify([seed, content]))
    .digest();
  return hash.readUIntBE(0, hashBytes) / 2 ** (8 * hashBytes) < share ? "evaluation" : "train";
};
