import { z } from "zod";

/** Whether the database can keep a text. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

/** A text that the database can keep or look for; it refuses NUL and half of a Unicode pair. */
export const text = z.string().refine(isStorable, "must be whole Unicode without the character NUL");
