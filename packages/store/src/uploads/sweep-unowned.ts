import { and, isNull, sql } from "drizzle-orm";
import { eachInTurn } from "../each-in-turn.ts";
import { type StagedOwner, stagedOwner, uploadsPrefix } from "../keys/index.ts";
import { abortMultiparts, deleteObject, listObjects, type ObjectStore, storeTime } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { uploads } from "../tables/index.ts";

/** Longer than an upload is open, its URL and a slow PUT included, and far longer than a probe takes. */
const ownedHours = 2;
const hourMilliseconds = 3_600_000;
/** More than this wait for the next sweep. */
const batch = 1000;

type Staged = StagedOwner & { key: string };

/**
 * Removes what lies below `uploads/` and nobody asks for any more: bytes that came so late that their upload
 * is swept or forgotten, and what a probe that was killed has left. Keys that are none of ours stay.
 *
 * @returns how many objects
 * @throws LoraloomError `storage_unavailable`, after each object had its turn
 */
export const sweepUnownedObjects = async (store: Store): Promise<number> => {
  await endOldMultiparts(store);
  const old = await listOld(store);
  const owned = await ownedIds(store, old);
  const unowned = old.filter(({ kind, id }) => kind === "probe" || !owned.has(id)).slice(0, batch);
  await eachInTurn(unowned, ({ key }) => deleteObject(store.objects, { key }));
  return unowned.length;
};

/** Files that come in parts have their place elsewhere: below here a probe begins one, and the copy of an original. */
const endOldMultiparts = ({ objects }: Store): Promise<void> =>
  abortMultiparts(objects, uploadsPrefix, ({ key }) => isOld(objects, stagedOwner(key)));

/** Not by this machine's clock: one that is hours ahead would have what others are just bringing removed. */
const isOld = ({ client }: ObjectStore, owner: StagedOwner | undefined): boolean =>
  owner !== undefined && owner.at < storeTime(client).getTime() - ownedHours * hourMilliseconds;

const listOld = async ({ objects }: Store): Promise<Staged[]> => {
  const old: Staged[] = [];
  for await (const { key } of listObjects(objects, uploadsPrefix)) {
    const owner = stagedOwner(key);
    if (owner && isOld(objects, owner)) old.push({ ...owner, key });
  }
  return old;
};

/** Of uploads that still have something to do with their object: an accepted one does not expire. */
const ownedIds = async ({ db }: Store, staged: Staged[]): Promise<Set<string>> => {
  if (staged.length === 0) return new Set();
  const ids = staged.map(({ id }) => id);
  const rows = await db
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(sql`${uploads.id} = any(${sql.param(ids)})`, isNull(uploads.sweptAt)));
  return new Set(rows.map(({ id }) => id));
};
