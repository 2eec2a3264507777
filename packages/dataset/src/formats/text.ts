import type { JsonObject } from "../json/objects.ts";
import { faultsOfText, type ParsedRow } from "./parsed-row.ts";

/** `{"text": …}`: trained on every token. */
export const parseText = ({ text }: JsonObject): ParsedRow => {
  const faults = faultsOfText(text, "text");
  return faults.length > 0 ? { faults } : { content: { text: String(text) } };
};
