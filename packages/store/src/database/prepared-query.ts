import type { Database } from "../store.ts";

/**
 * A query of drizzle's for calls that come by the thousand: it is built once for each database, and is then given values
 * for its placeholders. To build one anew makes more objects than to answer it.
 *
 * @example const named = preparedQuery((db) => db.select().from(users).where(eq(users.id, sql.placeholder("id"))).prepare("named"));
 */
export const preparedQuery = <Query>(build: (db: Database) => Query): ((db: Database) => Query) => {
  const built = new WeakMap<Database, Query>();
  return (db) => {
    const query = built.get(db) ?? build(db);
    built.set(db, query);
    return query;
  };
};
