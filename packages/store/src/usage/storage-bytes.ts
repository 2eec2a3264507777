import { sql } from "drizzle-orm";
import type { Executor } from "../store.ts";

/**
 * Bytes that a user's files have and will have: of a name that is being replaced whichever is more, what is there or
 * the largest upload that is on its way, and the user's backups. Files that are being deleted count no more.
 */
export const readStorageBytes = async (db: Executor, userId: string): Promise<number> => {
  const { rows } = await db.execute<{ bytes: number }>(sql`
    with coming as (
      select avatar_id, kind, name, max(size) as size from uploads
      where user_id = ${userId} and state in ('open', 'completing') and (state = 'completing' or expires_at > now())
      group by avatar_id, kind, name
    )
    select (
      coalesce((select sum(size) from files where user_id = ${userId} and state <> 'deleting'), 0)
      + coalesce((select sum(greatest(0, coming.size - coalesce(files.size, 0))) from coming left join files
          on files.user_id = ${userId} and files.state <> 'deleting' and files.kind = coming.kind
          and files.name = coming.name and files.avatar_id is not distinct from coming.avatar_id), 0)
      + coalesce((select sum(bytes) from backups where user_id = ${userId}), 0)
    )::float8 as bytes`);
  return rows[0]?.bytes ?? 0;
};
