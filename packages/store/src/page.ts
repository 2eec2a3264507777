import { LoraloomError } from "@loraloom/errors";
import { z } from "zod";
import { parseJson } from "./parse-json.ts";

/** What a listing is asked for. */
export type PageRequest = {
  /** `nextCursor` of the page before; left out: from the first. */
  cursor?: string | undefined;
  limit: number;
};

/** A page of at most `limit` from one row more than that, which tells whether another page follows. */
export const pageOf = <Row>(
  rows: Row[],
  limit: number,
  cursorOf: (row: Row) => string,
): { page: Row[]; nextCursor: string | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
};

export type PlaceCursors = {
  at: (...place: string[]) => string;
  /** @throws LoraloomError `bad_input` for one that this list has not given */
  read: (cursor: string) => string[];
};

/**
 * Of a list in an order of words that anybody may choose, such as user ids: a cursor tells of which list it is, so that
 * no other text is taken for a place in it, and rows skipped.
 */
export const placeCursors = (list: string, length: number): PlaceCursors => {
  const at = (...place: string[]) => encodePlace([list, ...place]);
  const read = (cursor: string): string[] => {
    const [name, ...place] = decodePlace(cursor) ?? [];
    if (name === list && place.length === length) return place;
    throw foreignCursor(cursor);
  };
  return { at, read };
};

/** An end of a page, as a text that says nothing to people. */
export const encodePlace = (place: string[]): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

const placeSchema = z.array(z.string().refine((text) => text.isWellFormed() && !text.includes("\0")));

/** `undefined`: `encodePlace` has not made it. */
export const decodePlace = (cursor: string): string[] | undefined => {
  const { data } = placeSchema.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  return data && encodePlace(data) === cursor ? data : undefined;
};

const foreignCursor = (cursor: string): LoraloomError =>
  new LoraloomError(
    "bad_input",
    `${JSON.stringify(cursor.slice(0, 80))} is not a cursor of this list: it must be the nextCursor of the page before.`,
  );
