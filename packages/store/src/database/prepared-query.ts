import { drizzle } from "drizzle-orm/node-postgres";
import type { Executor } from "../store.ts";

/** Builds queries and sends none. */
const unconnected = drizzle.mock();

/**
 * A query of drizzle's for calls that come by the thousand: it is built once, and is then sent where a caller works, with
 * values for its placeholders. To build one anew makes more objects than to answer it.
 *
 * @param build ends with `prepare`, and a name that no other statement has
 * @example const named = preparedQuery((db) => db.select().from(users).where(eq(users.id, sql.placeholder("id"))).prepare("named"));
 *   const [user] = await named(tx).execute({ id: "ada" });
 */
export const preparedQuery = <Query extends object>(build: (db: typeof unconnected) => Query) => {
  const built = build(unconnected);
  // drizzle's prepared queries are of one connection each, which is the only thing about them that changes.
  return (db: Pick<Executor, "$client">): Query => Object.create(built, { client: { value: db.$client } });
};
