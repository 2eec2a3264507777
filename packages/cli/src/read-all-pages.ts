const pageSize = 200;

type Page<Row> = { rows: Row[]; nextCursor: string | null };

/** Every row of a list that the service gives in pages. */
export const readAllPages = async <Row>(
  read: (page: { limit: number; cursor?: string }) => Promise<Page<Row>>,
): Promise<Row[]> => {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Row> = await read({ limit: pageSize, ...(cursor !== null && { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
};
