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

/** As ids are made here (`newId`): in capitals, which the database tells from small letters. */
const id = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

/** Of a list in the order of its ids. Any other text would stand somewhere in that order, too, and skip rows. */
const pageShapeOf = (ids: string) => ({
  ...pageShape,
  cursor: text.regex(new RegExp(`^${ids}$`), "must be the nextCursor of the page before").optional(),
});

export const idPageShape = pageShapeOf(id);
/** Of deliveries: their ids name the webhook, too. */
export const deliveryPageShape = pageShapeOf(`${id}-${id}`);

/** null on the last page. */
export const nextCursor = z.string().nullable();
