import { asc, sql } from "drizzle-orm";
import { resolveVersion } from "../adapters/index.ts";
import { ofAvatar } from "../backups/backup.ts";
import type { AvatarScope } from "../keys/index.ts";
import type { Executor, Store } from "../store.ts";
import type { Descent, VersionInput } from "../tables/adapters.ts";
import { backups, versionInputs } from "../tables/index.ts";

/** A version that came out of another one, or that another one came out of. */
export type Relative = {
  version: string;
  /** null where nothing is known of it here any more. */
  avatarId: string | null;
  /** The version next to it, on the way to the one that was asked for. */
  of: string;
  how: Descent;
};
export type Lineage = {
  version: string;
  runId: string;
  restoredFrom: string | null;
  inputs: VersionInput[];
  ancestors: (Relative & { inputs: VersionInput[] })[];
  descendants: Relative[];
  backups: string[];
};

/**
 * Where a version, the current one unless another is named, came from and what came out of it, in this avatar and in
 * others of the user.
 *
 * @throws LoraloomError `adapter_not_found`, `version_not_found`, `no_current_version`
 */
export const readLineage = async (
  store: Store,
  scope: AvatarScope,
  { version: named }: { version?: string | undefined } = {},
): Promise<Lineage> => {
  const { id, runId, restoredFrom } = await resolveVersion(store, scope, named);
  const [ancestors, descendants] = [await ancestorsOf(store.db, id), await descendantsOf(store.db, id)];
  const inputs = await inputsOf(store.db, [id, ...ancestors.map(({ version }) => version)]);
  const inputsOfOne = (version: string) => inputs.get(version) ?? [];
  return {
    version: id,
    runId,
    restoredFrom,
    inputs: inputsOfOne(id),
    ancestors: ancestors.map((each) => ({ ...each, inputs: inputsOfOne(each.version) })),
    descendants,
    backups: await backupsOf(store.db, scope, id),
  };
};

const ancestorsOf = async (db: Executor, versionId: string): Promise<Relative[]> => {
  const { rows } = await db.execute<Relative>(sql`
    with recursive line as (
      select parent_id as version, version_id as of, how from version_parents where version_id = ${versionId}
      union
      select next.parent_id, next.version_id, next.how
      from version_parents next join line on next.version_id = line.version
    )
    select line.version, versions.avatar_id as "avatarId", line.of, line.how
    from line left join versions on versions.id = line.version
    order by line.version desc, line.of`);
  return rows;
};

const descendantsOf = async (db: Executor, versionId: string): Promise<Relative[]> => {
  const { rows } = await db.execute<Relative>(sql`
    with recursive line as (
      select version_id as version, parent_id as of, how from version_parents where parent_id = ${versionId}
      union
      select next.version_id, next.parent_id, next.how
      from version_parents next join line on next.parent_id = line.version
    )
    select line.version, versions.avatar_id as "avatarId", line.of, line.how
    from line join versions on versions.id = line.version
    order by line.version, line.of`);
  return rows;
};

const inputsOf = async (db: Executor, ids: string[]): Promise<Map<string, VersionInput[]>> => {
  const rows = await db
    .select()
    .from(versionInputs)
    .where(sql`${versionInputs.versionId} = any(${sql.param(ids)})`)
    .orderBy(asc(versionInputs.name), asc(versionInputs.role));
  return Map.groupBy(
    rows.map(({ versionId, ...input }) => ({ versionId, ...input })),
    ({ versionId }) => versionId,
  );
};

const backupsOf = async (db: Executor, scope: AvatarScope, versionId: string): Promise<string[]> => {
  const rows = await db
    .select({ id: backups.id })
    .from(backups)
    .where(sql`${ofAvatar(scope)} and ${backups.versionId} = ${versionId}`)
    .orderBy(asc(backups.id));
  return rows.map(({ id }) => id);
};
