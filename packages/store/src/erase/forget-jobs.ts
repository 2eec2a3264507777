import { sql } from "drizzle-orm";
import type { FileScope } from "../keys/index.ts";
import type { Store } from "../store.ts";

/** Removes what the queue of side jobs remembers; it keeps jobs for a while after they are done. */
export const forgetJobs = async ({ db }: Store, { userId, avatarId }: FileScope): Promise<void> => {
  const { rows } = await db.execute<{ queue: string | null }>(sql`select to_regclass('pgboss.job') as queue`);
  // A deployment whose side jobs never ran.
  if (!rows[0]?.queue) return;
  const about = { userId, ...(avatarId !== null && { avatarId }) };
  await db.execute(sql`delete from pgboss.job where data @> ${JSON.stringify(about)}::jsonb`);
};
