import { and, eq, exists, inArray, isNull, sql } from "drizzle-orm";
import type { Executor } from "../store.ts";
import { files, runs } from "../tables/index.ts";

const role = sql`case ${files.kind} when 'training_data' then 'train' when 'evaluation_data' then 'evaluation' end`;

/**
 * Whether a run that was started has yet to read the file as it is: until its rows are frozen its object stays.
 * A condition on rows of `files`.
 */
export const neededByRun = (db: Executor) =>
  exists(
    db
      .select({ id: runs.id })
      .from(runs)
      .where(
        and(
          eq(runs.userId, files.userId),
          eq(runs.avatarId, files.avatarId),
          inArray(runs.status, ["queued", "preparing"]),
          isNull(runs.frozen),
          sql`${runs.inputs} @> jsonb_build_array(jsonb_build_object('name', ${files.name}, 'etag', ${files.etag}, 'role', ${role}))`,
        ),
      ),
  );
