import { and, asc, desc, eq, isNotNull, lt, ne, sql } from "drizzle-orm";
import { bringUpToDate } from "../bring-up-to-date.ts";
import { type AvatarScope, adapterKeys } from "../keys/index.ts";
import type { Database, Store } from "../store.ts";
import { adapters, versions } from "../tables/index.ts";
import { type Adapter, adapterOf } from "./lock-adapter.ts";
import { writePlainCopy } from "./plain-copy.ts";
import { type Pointer, writePointer } from "./pointer.ts";
import { raiseNumbers } from "./raise-numbers.ts";

/** Enough to go back to by hand; `listVersions` knows all. */
const maxPrevious = 50;

/**
 * Brings `current.json` and the plain copy of the current version up to date with the table. Any number of
 * processes may call it: they take turns, and what is newer in the store is never overwritten.
 *
 * @throws LoraloomError `storage_unavailable`, `corrupt_adapter`
 */
export const projectAdapter = (store: Store, scope: AvatarScope): Promise<void> =>
  bringUpToDate(store, {
    key: adapterKeys(scope).current,
    projectOnce: (db) => projectOnce(store, db, scope),
  });

/** Asks for {@link projectAdapter} without waiting for it; calls that come together become one. */
export const requestAdapterProjection = (store: Store, scope: AvatarScope): void =>
  store.background.request(`adapter:${adapterKeys(scope).current}`, () => projectAdapter(store, scope));

/** Adapters whose projection is not known to be up to date, at most `limit`, the oldest change first. */
export const listUnprojectedAdapters = (store: Store, limit: number): Promise<AvatarScope[]> =>
  store.db
    .select({ userId: adapters.userId, avatarId: adapters.avatarId })
    .from(adapters)
    .where(lt(adapters.projectedSeq, adapters.publishSeq))
    .orderBy(asc(adapters.publishSeq))
    .limit(limit);

const projectOnce = async (store: Store, db: Database, scope: AvatarScope): Promise<"current" | "again"> => {
  const [adapter] = await db.select().from(adapters).where(adapterOf(scope));
  if (!adapter || adapter.projectedSeq >= adapter.publishSeq) return "current";
  const previous = await previousVersions(db, adapter);
  const written = await writePointer(store, adapter, previous);
  if (written === "conflict") return "again";
  if (written !== "current") return raiseAboveFound(store, db, { adapter, found: written });
  await writePlainCopy(store, db, adapter);
  await recordProjected(db, adapter);
  return "again";
};

/** A lost or restored database is behind the store: what it says counts, under higher numbers than those found. */
const raiseAboveFound = async (
  store: Store,
  db: Database,
  { adapter, found }: { adapter: Adapter; found: Pointer },
): Promise<"again"> => {
  const { userId, avatarId, publishSeq } = adapter;
  store.log.warn({ userId, avatarId, publishSeq, found }, "the store has a later version than the database");
  await raiseNumbers(db, adapter, found);
  return "again";
};

/** What was current before in this generation, the latest first. */
const previousVersions = async (db: Database, adapter: Adapter): Promise<string[]> => {
  const rows = await db
    .select({ id: versions.id })
    .from(versions)
    .where(
      and(
        eq(versions.userId, adapter.userId),
        eq(versions.avatarId, adapter.avatarId),
        eq(versions.generation, adapter.generation),
        isNotNull(versions.publishedSeq),
        ne(versions.id, sql`coalesce(${adapter.currentVersion}::text, '')`),
      ),
    )
    .orderBy(desc(versions.publishedSeq))
    .limit(maxPrevious);
  return rows.map(({ id }) => id);
};

const recordProjected = async (db: Database, adapter: Adapter): Promise<void> => {
  await db
    .update(adapters)
    .set({ projectedSeq: adapter.publishSeq })
    .where(and(adapterOf(adapter), lt(adapters.projectedSeq, adapter.publishSeq)));
};
