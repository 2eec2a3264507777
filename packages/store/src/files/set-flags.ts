import { sql } from "drizzle-orm";
import type { FlaggedFolder } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import { files } from "../tables/index.ts";
import { checkNames, requireAll, visibleNames } from "./find-files.ts";
import { nextRevision } from "./flag-revision.ts";
import { requestFlagProjection } from "./project-flags.ts";

export type FlagChange = { name: string; used: boolean };

/**
 * Sets the flags of 1 to 10,000 files at once, all or none. Of two changes of one name the last counts.
 *
 * @returns the names whose flag was another one before
 * @throws LoraloomError `file_not_found` naming the missing ones, `bad_file_name`, `bad_input`
 */
export const setFlags = async (
  store: Store,
  folder: FlaggedFolder,
  changes: FlagChange[],
): Promise<string[]> => {
  const names = checkNames(changes.map(({ name }) => name));
  const wanted = new Map(changes.map(({ name, used }) => [name.normalize("NFC"), used]));
  const set = await store.db.transaction(async (tx) => {
    const rev = await nextRevision(tx, folder);
    const written = await writeFlags(tx, folder, { rev, wanted });
    requireAll(folder, names, written);
    return written;
  });
  requestFlagProjection(store, folder);
  return set.flatMap(({ name, changed }) => (changed ? [name] : [])).sort();
};

/**
 * One statement. It locks the rows in the order of their ids, as the start of a run does: two never wait for each
 * other. A flag that stays as it is counts as set at this revision too: another tool's older change doesn't win.
 */
const writeFlags = async (
  tx: Executor,
  folder: FlaggedFolder,
  { rev, wanted }: { rev: number; wanted: Map<string, boolean> },
): Promise<{ name: string; changed: boolean }[]> => {
  const names = [...wanted.keys()];
  const { rows } = await tx.execute<{ name: string; changed: boolean }>(sql`
    with locked as (
      select ${files.id}, ${files.used} as before, wanted.used as after
      from ${files} join unnest(${sql.param(names)}::text[], ${sql.param([...wanted.values()])}::boolean[])
        as wanted(name, used) on wanted.name = ${files.name}
      where ${visibleNames(folder, names)}
      order by ${files.id} for no key update of files
    )
    update files set used = after, flag_rev = ${rev},
      updated_at = case when before <> after then now() else updated_at end
    from locked where locked.id = files.id
    returning files.name, before <> after as changed`);
  return rows;
};
