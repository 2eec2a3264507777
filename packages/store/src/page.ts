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
