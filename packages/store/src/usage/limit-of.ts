import { type SQL, sql } from "drizzle-orm";
import { everybody, type LimitName } from "../tables/index.ts";

/**
 * A limit of a user, for a statement about many: his own, or else everybody's; null: none.
 *
 * @param name or an expression that is one
 */
export const limitOf = (name: LimitName | SQL, userId: SQL): SQL => {
  const setFor = (whom: SQL): SQL =>
    sql`(select changes -> ${name}::text from limits where user_id = ${whom})`;
  return sql`(coalesce(${setFor(userId)}, ${setFor(sql`${everybody}`)}) #>> '{}')::float8`;
};
