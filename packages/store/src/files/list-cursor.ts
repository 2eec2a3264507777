import { LoraloomError } from "@loraloom/errors";
import { asc, desc, type SQL, sql } from "drizzle-orm";
import { decodePlace, encodePlace } from "../page.ts";
import { files } from "../tables/index.ts";

export type FileSort = "name" | "size" | "createdAt" | "updatedAt";
export type FileOrder = { sort: FileSort; descending: boolean };

/** As the database writes a moment, to the microsecond. */
const momentText = (column: typeof files.createdAt | typeof files.updatedAt): SQL<string> =>
  sql<string>`to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const momentPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

const sorts = {
  name: { column: files.name, text: sql<string>`''`, type: sql`text`, pattern: /^$/ },
  size: {
    column: files.size,
    text: sql<string>`${files.size}::text`,
    type: sql`bigint`,
    pattern: /^\d{1,18}$/,
  },
  createdAt: {
    column: files.createdAt,
    text: momentText(files.createdAt),
    type: sql`timestamptz`,
    pattern: momentPattern,
  },
  updatedAt: {
    column: files.updatedAt,
    text: momentText(files.updatedAt),
    type: sql`timestamptz`,
    pattern: momentPattern,
  },
};

/** What a cursor is made of, to be selected beside a row. */
export const sortedBy = ({ sort }: FileOrder): SQL<string> => sorts[sort].text;

export const orderOf = ({ sort, descending }: FileOrder): SQL[] => {
  const direction = descending ? desc : asc;
  return sort === "name" ? [direction(files.name)] : [direction(sorts[sort].column), direction(files.name)];
};

/** An end of a page: the value that was sorted by, as text, and the name that decides between equal ones. */
export const cursorOf = (sorted: string, name: string): string => encodePlace([sorted, name]);

/** The rows after a cursor of the same order. @throws LoraloomError `bad_input` for one that is none of ours */
export const afterCursor = (order: FileOrder, cursor: string): SQL => {
  const [sorted, name] = readCursor(order, cursor);
  const { column, type } = sorts[order.sort];
  const beyond = order.descending ? sql`<` : sql`>`;
  if (order.sort === "name") return sql`${files.name} ${beyond} ${name}`;
  return sql`(${column}, ${files.name}) ${beyond} (${sorted}::${type}, ${name})`;
};

const readCursor = ({ sort }: FileOrder, cursor: string): [string, string] => {
  const [sorted, name, more] = decodePlace(cursor) ?? [];
  const isOurs = sorted !== undefined && name !== undefined && more === undefined;
  if (isOurs && sorts[sort].pattern.test(sorted)) return [sorted, name];
  const shown = JSON.stringify(cursor.slice(0, 80));
  throw new LoraloomError("bad_input", `${shown} is not a cursor of this list in the order of '${sort}'.`);
};
