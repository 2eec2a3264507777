import { hash } from "node:crypto";
import { contentOf } from "./row-hash.ts";
import type { CanonicalRow } from "./rows.ts";

export type Split = "train" | "evaluation";

/** 48 bits: as many as a double divides exactly. */
const hexDigits = 12;

/**
 * Which part of a split a row belongs to; `share` (0 to 1) is the part held out.
 *
 * By the row's content alone: equal rows never stand on both sides, and a row keeps its side
 * when others are added, reordered or moved to another file.
 */
export const assignSplit = (row: CanonicalRow, { share, seed }: { share: number; seed: number }): Split => {
  const digits = hash("sha256", `${seed} ${contentOf(row)}`).slice(0, hexDigits);
  return Number.parseInt(digits, 16) / 16 ** hexDigits < share ? "evaluation" : "train";
};
