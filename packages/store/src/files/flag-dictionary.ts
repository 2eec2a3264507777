/** The text of `metadata.json`: exactly one JSON object of booleans, then a signature in blanks. */
import { createHash } from "node:crypto";
import { parseJson } from "../parse-json.ts";
import type { FlagEntries } from "../tables/index.ts";

/** A dictionary as it was found. */
export type FlagDictionary = {
  /** null: not an object of JSON at all. */
  entries: FlagEntries | null;
  /** The revision that we wrote these very bytes at; null: another tool wrote them. */
  rev: number | null;
  /** Of another tool's text: the revision of ours that it changed in place; null: it left no trace of one. */
  editedFrom: number | null;
};

const revName = "loraloom-rev";
const digestBits = 32;
const signaturePattern = new RegExp(`^([^]*)\\n([ \\t]{${digestBits}})\\n([ \\t]{1,53})$`);

/**
 * The body for a revision. It ends in bits, a space for 0 and a tab for 1: those of a digest, then those of the
 * revision. It is still the same JSON, but no two revisions share an ETag, so that a late PUT's condition fails;
 * and a copy that comes back later, whoever brings it, tells how old it is.
 */
export const writeFlagDictionary = (
  entries: FlagEntries,
  { key, rev }: { key: string; rev: number },
): { body: string; metadata: Record<string, string> } => {
  const lines = entries.map(([name, used]) => `  ${JSON.stringify(name)}: ${used}`);
  const json = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
  const body = `${json}\n${digestOf(json, { key, rev })}\n${blanksOf(rev)}`;
  return { body, metadata: { [revName]: String(rev) } };
};

/**
 * Reads the body of a key. It is ours only if its digest says so: the object's metadata are lost in a copy of the
 * text, and another folder's dictionary is another tool's word here.
 */
export const readFlagDictionary = (body: string, key: string): FlagDictionary => {
  const entries = booleansOf(body);
  const [, json = "", digest, blanks] = signaturePattern.exec(body) ?? [];
  if (blanks === undefined) return { entries, rev: null, editedFrom: null };
  const signed = revOf(blanks);
  return digest === digestOf(json, { key, rev: signed })
    ? { entries, rev: signed, editedFrom: null }
    : { entries, rev: null, editedFrom: signed };
};

const blanksOf = (number: number): string => number.toString(2).replaceAll("0", " ").replaceAll("1", "\t");

const revOf = (blanks: string): number =>
  Number.parseInt(blanks.replaceAll(" ", "0").replaceAll("\t", "1"), 2);

const digestOf = (json: string, { key, rev }: { key: string; rev: number }): string => {
  const digest = createHash("sha256").update(`${key}\n${rev}\n${json}`).digest().readUInt32BE();
  return blanksOf(digest).padStart(digestBits, " ");
};

const booleansOf = (body: string): FlagEntries | null => {
  const value = parseJson(withoutMark(body));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value).flatMap(
    ([name, used]): FlagEntries => (typeof used === "boolean" && isStorable(name) ? [[name, used]] : []),
  );
};

/** Some editors begin a file with a byte order mark. */
const withoutMark = (body: string): string => body.replace(/^\uFEFF/, "");

/** Postgres keeps neither. */
const isStorable = (name: string): boolean => name.isWellFormed() && !name.includes("\0");
