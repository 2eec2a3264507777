import superjson, { type SuperJSONResult } from "superjson";

/**
 * What superjson writes, in a fraction of its time, of what answers consist of: objects, lists, texts, numbers, dates and
 * what is left out. Anything else is left to superjson. It would also note which objects of an answer are the same one,
 * which nobody who reads an answer asks.
 *
 * @example writeAnswer({ at: new Date(0) }) // { json: { at: "1970-01-01T00:00:00.000Z" }, meta: { values: { at: ["Date"] }, v: 1 } }
 */
export const writeAnswer = (answer: unknown): SuperJSONResult => {
  const notes: Notes = { path: [], values: {} };
  const json = copyOf(answer, notes);
  // What stands alone has no path.
  if (json === unusual || typeof answer !== "object") return superjson.serialize(answer);
  return Object.keys(notes.values).length === 0
    ? ({ json } as SuperJSONResult)
    : ({ json, meta: { values: notes.values, v: 1 } } as SuperJSONResult);
};

/** Where the copy is at, and which of the texts before are none. */
type Notes = { path: (string | number)[]; values: Record<string, [Kind]> };
type Kind = "Date" | "undefined";

/** In the place of a copy: there is something that only superjson knows how to write. */
const unusual = Symbol("unusual");
/** superjson refuses them. */
const dangerousKeys = new Set(["__proto__", "constructor", "prototype"]);

const copyOf = (value: unknown, notes: Notes): unknown => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : unusual;
  if (value === undefined) return note(notes, "undefined", null);
  if (typeof value !== "object") return unusual;
  if (Array.isArray(value)) return copyOfList(value, notes);
  if (value instanceof Date) return copyOfDate(value, notes);
  return isPlain(value) ? copyOfObject(value, notes) : unusual;
};

const copyOfDate = (date: Date, notes: Notes): unknown =>
  Number.isNaN(date.getTime()) || notes.path.length === 0 ? unusual : note(notes, "Date", date.toISOString());

const copyOfList = (list: unknown[], notes: Notes): unknown => {
  const copy: unknown[] = [];
  for (const [index, value] of list.entries()) {
    const copied = copyAt(index, value, notes);
    if (copied === unusual) return unusual;
    copy.push(copied);
  }
  return copy;
};

const copyOfObject = (object: Record<string, unknown>, notes: Notes): unknown => {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const copied = dangerousKeys.has(key) ? unusual : copyAt(key, object[key], notes);
    if (copied === unusual) return unusual;
    copy[key] = copied;
  }
  return copy;
};

const copyAt = (key: string | number, value: unknown, notes: Notes): unknown => {
  notes.path.push(key);
  const copied = copyOf(value, notes);
  notes.path.pop();
  return copied;
};

const note = ({ path, values }: Notes, kind: Kind, copy: unknown): unknown => {
  values[path.map(escaped).join(".")] = [kind];
  return copy;
};

/** A point separates the steps of a path. */
const escaped = (key: string | number): string => String(key).replaceAll("\\", "\\\\").replaceAll(".", "\\.");

const isPlain = (value: object): value is Record<string, unknown> => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
