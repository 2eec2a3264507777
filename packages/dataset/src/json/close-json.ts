import { parseJson } from "./parse-json.ts";

/** What is open at a place of a JSON text, as the brackets that would close it. */
type Cut = { at: number; closing: string };

/**
 * The value of a JSON text that was cut off anywhere: all of it up to its last comma outside of strings,
 * closed there. undefined where that is no JSON.
 */
export const parseCutJson = (text: string): unknown => {
  const parsed = parseJson(text);
  if ("value" in parsed) return parsed.value;
  const cut = lastComma(text);
  if (!cut) return undefined;
  const closed = parseJson(text.slice(0, cut.at) + cut.closing);
  return "value" in closed ? closed.value : undefined;
};

const lastComma = (text: string): Cut | undefined => {
  let closing = "";
  let cut: Cut | undefined;
  for (const { index, 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*("|$)|[[\]{},]/gs)) {
    if (token === "{") closing = `}${closing}`;
    else if (token === "[") closing = `]${closing}`;
    else if (token === "}" || token === "]") closing = closing.slice(1);
    else if (token === "," && closing !== "") cut = { at: index, closing };
  }
  return cut;
};
