/** The text of `metadata.json`: exactly one JSON object of booleans, then our revision in blanks. */
import { createHash } from "node:crypto";
import type { FlagEntries } from "../tables/index.ts";

/** A dictionary as it was found. */
export type FlagDictionary = {
  /** null: not an object of JSON at all. */
  entries: FlagEntries | null;
  /** The revision that we wrote it at; null: another tool wrote it. */
  rev: number | null;
};

const revName = "loraloom-rev";
const digestName = "loraloom-sha256";

/**
 * The body for a revision. It ends in the revision's binary digits, a space for 0 and a tab for 1:
 * still the same JSON, but no two revisions share an ETag, so that a late PUT's condition fails.
 */
export const writeFlagDictionary = (
  entries: FlagEntries,
  rev: number,
): { body: string; metadata: Record<string, string> } => {
  const lines = entries.map(([name, used]) => `  ${JSON.stringify(name)}: ${used}`);
  const json = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
  const body = `${json}\n${blanksOf(rev)}`;
  return { body, metadata: { [revName]: String(rev), [digestName]: digestOf(body) } };
};

/** Reads a body. It is ours only if the object's own metadata says so of these very bytes. */
export const readFlagDictionary = (body: string, metadata: Record<string, string>): FlagDictionary => {
  const rev = Number(metadata[revName]);
  const ours = Number.isSafeInteger(rev) && metadata[digestName] === digestOf(body);
  return { entries: booleansOf(body), rev: ours ? rev : null };
};

const blanksOf = (rev: number): string => rev.toString(2).replaceAll("0", " ").replaceAll("1", "\t");

const digestOf = (body: string): string => createHash("sha256").update(body).digest("hex");

const booleansOf = (body: string): FlagEntries | null => {
  const value = parseJson(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value).flatMap(
    ([name, used]): FlagEntries => (typeof used === "boolean" && isStorable(name) ? [[name, used]] : []),
  );
};

const parseJson = (body: string): unknown => {
  try {
    // Some editors begin a file with a byte order mark.
    return JSON.parse(body.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Postgres keeps neither. */
const isStorable = (name: string): boolean => name.isWellFormed() && !name.includes("\0");
