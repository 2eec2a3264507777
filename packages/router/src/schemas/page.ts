import { z } from "zod";
import { text } from "./text.ts";

export const mostRows = 200;
const usualRows = 50;

/** How every list is paged. */
export const pageShape = {
  /** `nextCursor` of the page before. */
  cursor: text.min(1).max(1_000).optional(),
  limit: z.int().min(1).max(mostRows).default(usualRows),
};

/** null on the last page. */
export const nextCursor = z.string().nullable();
