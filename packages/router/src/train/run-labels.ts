import { z } from "zod";
import { text } from "../schemas/text.ts";

const mostTags = 20;

export const runName = text.min(1).max(200);
export const runTags = z
  .array(text.min(1).max(64))
  .max(mostTags)
  .refine((tags) => new Set(tags).size === tags.length, "must be different ones");

/** By what people find a run. */
export const labelsShape = { name: runName.optional(), tags: runTags.optional() };
