import pg from "pg";

/** A connection for one piece of work. One that is lost in the middle fails the query that waits, and nothing else. */
export const withDatabase = async <Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
