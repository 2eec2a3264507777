import type { RowFault } from "../faults.ts";
import { wrongType } from "../faults.ts";
import { faultsOfText, faultsOfUnicode, missingKey } from "../formats/parsed-row.ts";
import { isObject, type JsonObject } from "../json/objects.ts";

/** What chat exports call the same two things. */
const speakerKeys = ["speaker", "name", "from", "author"];
const contentKeys = ["content", "text", "message"];

/** Whether an object has the keys of a dialog's turn. */
export const isTurn = (value: JsonObject): boolean =>
  value.role === undefined &&
  firstKey(value, speakerKeys) !== undefined &&
  firstKey(value, contentKeys) !== undefined;

export type ParsedTurn = { speaker: string; content: string; contentPath: string } | { faults: RowFault[] };

/** One turn: who says what. `path` is the entry's own. */
export const parseTurn = (entry: unknown, path: string | null): ParsedTurn => {
  if (!isObject(entry)) return { faults: [wrongType(path, "an object", entry)] };
  const inside = path === null ? "" : `${path}.`;
  const speakerKey = firstKey(entry, speakerKeys);
  const contentKey = firstKey(entry, contentKeys);
  const content = contentKey === undefined ? undefined : joinParts(entry[contentKey]);
  const contentPath = `${inside}${contentKey}`;
  const faults = [
    ...(speakerKey === undefined
      ? [missingKey(path, "speaker")]
      : faultsOfSpeaker(entry[speakerKey], `${inside}${speakerKey}`)),
    ...(contentKey === undefined ? [missingKey(path, "content")] : faultsOfText(content, contentPath)),
  ];
  if (faults.length > 0 || speakerKey === undefined) return { faults };
  return { speaker: canonicalSpeaker(String(entry[speakerKey])), content: String(content), contentPath };
};

/** One name for one speaker, however it was typed. */
export const canonicalSpeaker = (name: string): string => name.normalize("NFC").trim();

const firstKey = (entry: JsonObject, keys: string[]): string | undefined =>
  keys.find((key) => Object.hasOwn(entry, key));

const faultsOfSpeaker = (speaker: unknown, path: string): RowFault[] => {
  if (typeof speaker !== "string" || canonicalSpeaker(speaker) === "") {
    return [wrongType(path, "a name that is not empty", speaker)];
  }
  return faultsOfUnicode(speaker, path);
};

/** Some exports cut a text with links into texts and `{"text": …}` parts. */
const joinParts = (content: unknown): unknown => {
  if (!Array.isArray(content)) return content;
  const parts = content.map((part) => (isObject(part) ? part.text : part));
  return parts.every((part) => typeof part === "string") ? parts.join("") : content;
};
