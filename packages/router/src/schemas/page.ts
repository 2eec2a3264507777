import { z } from "zod";

const mostRows = 200;
const usualRows = 50;

/** How every list is paged. */
export const pageShape = {
  /** `nextCursor` of the page before. */
  cursor: z.string().min(1).max(1_000).optional(),
  limit: z.int().min(1).max(mostRows).default(usualRows),
};

/** null on the last page. */
export const nextCursor = z.string().nullable();
