import { and, asc, desc, eq, gt, lt } from "drizzle-orm";
import { preparedQuery } from "../database/prepared-query.ts";
import { columnsOf, ofGivenScopes, scopeKey } from "../files/in-folder.ts";
import type { Answer } from "../gather.ts";
import type { AvatarScope } from "../keys/index.ts";
import { type PageRequest, pageOf, placeCursors } from "../page.ts";
import type { Database, Store } from "../store.ts";
import { adapters, versions } from "../tables/index.ts";
import { type Adapter, adapterNotFound } from "./lock-adapter.ts";
import { ofGeneration, type Version } from "./version.ts";

/** @throws LoraloomError `adapter_not_found`, also for a deleted one */
export const getAdapter = async (store: Store, scope: AvatarScope): Promise<Adapter> => {
  const adapter = await findAdapter(store, scope);
  if (!adapter) throw adapterNotFound(scope);
  return adapter;
};

/** The avatar's adapter, unless there is none or it was deleted. */
export const findAdapter = (
  store: Pick<Store, "adapterReads">,
  scope: AvatarScope,
): Promise<Adapter | undefined> => store.adapterReads("adapters", scope);

/** Reads active adapters by one query. */
export const findAdaptersTogether = async (
  db: Database,
  scopes: AvatarScope[],
): Promise<Answer<Adapter | undefined>[]> => {
  const found = await activeAdapters(db).execute(columnsOf(scopes));
  const byScope = new Map(found.map((adapter) => [scopeKey(adapter), adapter]));
  return scopes.map((scope) => () => byScope.get(scopeKey(scope)));
};

const activeAdapters = preparedQuery((db) =>
  db
    .select()
    .from(adapters)
    .where(and(ofGivenScopes(adapters), eq(adapters.state, "active")))
    .prepare("find-adapters"),
);

const adapterCursors = placeCursors("adapters", 1);

/** A user's adapters in the order of their avatars' ids. @throws LoraloomError `bad_input` for a cursor that is none of ours */
export const listAdapters = async (
  store: Store,
  userId: string,
  { cursor, limit }: PageRequest,
): Promise<{ adapters: Adapter[]; nextCursor: string | null }> => {
  const [after] = cursor === undefined ? [] : adapterCursors.read(cursor);
  const rows = await store.db
    .select()
    .from(adapters)
    .where(
      and(
        eq(adapters.userId, userId),
        eq(adapters.state, "active"),
        after === undefined ? undefined : gt(adapters.avatarId, after),
      ),
    )
    .orderBy(asc(adapters.avatarId))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ avatarId }) => adapterCursors.at(avatarId));
  return { adapters: page, nextCursor };
};

/**
 * The versions of an adapter since it was last made, the newest first.
 *
 * @throws LoraloomError `adapter_not_found`
 */
export const listVersions = async (
  store: Store,
  scope: AvatarScope,
  { cursor, limit }: PageRequest,
): Promise<{ versions: Version[]; nextCursor: string | null }> => {
  const adapter = await getAdapter(store, scope);
  const rows = await store.db
    .select()
    .from(versions)
    .where(and(ofGeneration(adapter), cursor ? lt(versions.id, cursor) : undefined))
    .orderBy(desc(versions.id))
    .limit(limit + 1);
  const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
  return { versions: page, nextCursor };
};
